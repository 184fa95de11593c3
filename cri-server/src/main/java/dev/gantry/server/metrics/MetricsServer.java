package dev.gantry.server.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gantry.linux.Fault;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code GET /metrics} in Prometheus's text format, in plain HTTP. */
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  /**
   * Listens at once.
   *
   * @throws Fault.Unavailable when the address is taken
   */
  public MetricsServer(InetSocketAddress address, PrometheusMeterRegistry registry) {
    this.registry = registry;
    try {
      server = HttpServer.create(address, 8);
    } catch (IOException e) {
      throw new Fault.Unavailable("serve metrics on %s: %s".formatted(address, e.getMessage()), e);
    }
    server.createContext("/metrics", this::answer);
    server.setExecutor(threads);
    server.start();
    LOG.info("metrics at http:/{}/metrics", server.getAddress());
  }

  /** Where it listens, the port resolved. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean exact = exchange.getRequestURI().getPath().equals("/metrics");
      boolean reads = exchange.getRequestMethod().equals("GET");
      if (!exact || !reads) {
        exchange.sendResponseHeaders(exact ? 405 : 404, -1);
        return;
      }
      byte[] body = registry.scrape().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", TEXT);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
