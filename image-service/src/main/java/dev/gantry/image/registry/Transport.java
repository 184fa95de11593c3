package dev.gantry.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** HTTP connections, kept and shared by all that trust the same authorities. */
public final class Transport implements AutoCloseable {
  /** From request to response headers. */
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  private record Key(TlsSettings tls, Duration dialTimeout, List<Long> changed) {}

  private final Map<Key, HttpClient> clients = new ConcurrentHashMap<>();

  /** Sends one request; redirects are the caller's business. */
  HttpResponse<InputStream> send(RegistryHost host, HttpRequest request)
      throws IOException, InterruptedException {
    return client(host).send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  /** Files of certificates may be replaced: their times are part of the key. */
  private HttpClient client(RegistryHost host) throws IOException {
    List<Long> changed = new ArrayList<>();
    for (Path file : host.tls().authorities()) {
      changed.add(Files.getLastModifiedTime(file).toMillis());
    }
    for (TlsSettings.ClientKey client : host.tls().clients()) {
      changed.add(Files.getLastModifiedTime(client.key()).toMillis());
    }
    return clients.computeIfAbsent(
        new Key(host.tls(), host.dialTimeout(), changed), Transport::build);
  }

  private static HttpClient build(Key key) {
    return HttpClient.newBuilder()
        // One connection for each layer: faster than streams that share one.
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(key.dialTimeout())
        .executor(Executors.newVirtualThreadPerTaskExecutor())
        .sslContext(key.tls().context())
        .build();
  }

  @Override
  public void close() {
    clients.values().forEach(HttpClient::shutdownNow);
    clients.clear();
  }
}
