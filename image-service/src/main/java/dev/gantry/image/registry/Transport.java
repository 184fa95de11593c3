package dev.gantry.image.registry;

import dev.gantry.image.registry.HostFailure.Kind;
import java.io.ByteArrayOutputStream;
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
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** HTTP connections, kept and shared by all that trust the same authorities. */
final class Transport implements AutoCloseable {
  private record Key(TlsSettings tls, Duration dialTimeout, List<Long> changed) {}

  private final Map<Key, HttpClient> clients = new ConcurrentHashMap<>();
  private final ProxyVariables proxies;
  private final StallWatch watch;
  private final Duration answerTimeout;

  /**
   * @param answerTimeout from request to response headers
   */
  Transport(ProxyVariables proxies, StallWatch watch, Duration answerTimeout) {
    this.proxies = proxies;
    this.watch = watch;
    this.answerTimeout = answerTimeout;
  }

  Duration answerTimeout() {
    return answerTimeout;
  }

  /** Sets the header, without the JDK's message about it, which would show the credential. */
  static void authorize(HttpRequest.Builder request, String value) throws HostFailure {
    try {
      request.setHeader("Authorization", value);
    } catch (IllegalArgumentException _) {
      throw new HostFailure(Kind.DENIED, "credential has characters that headers cannot have");
    }
  }

  /** Sends one request; redirects are the caller's business. */
  HttpResponse<InputStream> send(RegistryHost host, HttpRequest request)
      throws IOException, InterruptedException {
    String mine = proxies.authorization(request.uri());
    HttpRequest known =
        mine == null
            ? request
            : HttpRequest.newBuilder(request, (_, _) -> true)
                .setHeader("Proxy-Authorization", mine)
                .build();
    return client(host).send(known, HttpResponse.BodyHandlers.ofInputStream());
  }

  /** A whole body, which must not be longer than {@code max}. */
  byte[] small(HttpResponse<InputStream> response, int max) throws HostFailure, IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 14];
    try (StallWatch.Watched body = watch.watch(response.body())) {
      int count;
      while ((count = body.read(buffer, 0, buffer.length)) >= 0) {
        content.write(buffer, 0, count);
        if (content.size() > max) {
          throw new HostFailure(Kind.WRONG, "more than %d bytes".formatted(max));
        }
      }
    }
    return content.toByteArray();
  }

  /** Reads a short rest, so that the connection can be used again. */
  void discard(HttpResponse<InputStream> response) {
    try {
      small(response, 1 << 16);
    } catch (HostFailure | IOException _) {
      // The answer is known already; the connection is simply not used again.
    }
  }

  /** Files of certificates may be replaced: their times are part of the key. */
  private HttpClient client(RegistryHost host) throws IOException {
    List<Long> changed = new ArrayList<>();
    Optional<Path> system = TlsSettings.systemAuthorities();
    if (system.isPresent()) {
      changed.add(Files.getLastModifiedTime(system.get()).toMillis());
    }
    for (Path file : host.tls().authorities()) {
      changed.add(Files.getLastModifiedTime(file).toMillis());
    }
    for (TlsSettings.ClientKey client : host.tls().clients()) {
      changed.add(Files.getLastModifiedTime(client.key()).toMillis());
    }
    return clients.computeIfAbsent(new Key(host.tls(), host.dialTimeout(), changed), this::build);
  }

  private HttpClient build(Key key) {
    return HttpClient.newBuilder()
        // One connection for each layer: faster than streams that share one.
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .proxy(proxies)
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
