package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gantry.image.manifest.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on loopback that says what it was asked, and fails as told. */
public final class FakeRegistry implements AutoCloseable {
  /** Looks at a request first. */
  @FunctionalInterface
  public interface Hook {
    /** True when it has answered. */
    boolean handle(HttpExchange exchange) throws IOException;
  }

  /** A stored document. */
  public static final class Stored {
    final String type;
    final byte[] content;

    Stored(String type, byte[] content) {
      this.type = type;
      this.content = content;
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Stored> manifests = new ConcurrentHashMap<>();
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  public final List<String> requests = new CopyOnWriteArrayList<>();
  public volatile Hook hook = e -> false;

  public FakeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Makes an image available by tag and digest. */
  public Digest put(String repository, String tag, TestImage image) {
    byte[] manifest = image.manifestBytes();
    image.blobs.forEach((digest, blob) -> blobs.put(digest.toString(), blob));
    return put(repository, tag, image.mediaType(), manifest);
  }

  public Digest put(String repository, String tag, String type, byte[] manifest) {
    Digest digest = Digest.sha256(manifest);
    manifests.put(repository + "/manifests/" + tag, new Stored(type, manifest));
    manifests.put(repository + "/manifests/" + digest, new Stored(type, manifest));
    return digest;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    try (exchange) {
      if (hook.handle(exchange)) {
        return;
      }
      String below = path.replaceFirst("^/v2/", "");
      Stored manifest = manifests.get(below);
      if (manifest != null) {
        exchange.getResponseHeaders().set("Content-Type", manifest.type);
        send(exchange, 200, manifest.content);
        return;
      }
      byte[] blob = blobs.get(path.replaceFirst("^.*/blobs/", ""));
      if (blob == null) {
        send(exchange, 404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}".getBytes(UTF_8));
        return;
      }
      range(exchange, blob);
    }
  }

  private static void range(HttpExchange exchange, byte[] blob) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      send(exchange, 200, blob);
      return;
    }
    String[] bounds = range.replaceFirst("^bytes=", "").split("-", -1);
    int from = Integer.parseInt(bounds[0]);
    int to = bounds[1].isEmpty() ? blob.length - 1 : Integer.parseInt(bounds[1]);
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes %d-%d/%d".formatted(from, to, blob.length));
    send(exchange, 206, java.util.Arrays.copyOfRange(blob, from, to + 1));
  }

  public static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  public byte[] blob(Digest digest) {
    byte[] blob = blobs.get(digest.toString());
    if (blob == null) {
      throw new IllegalArgumentException("no blob " + digest);
    }
    return blob;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
