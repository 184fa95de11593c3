package dev.gantry.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.server.rpc.CallRecord;
import io.grpc.Status;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class MetricsServerTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @Test
  void callsAreCountedByMethodAndCode() throws Exception {
    CallMetrics calls = new CallMetrics(registry);
    calls.accept(new CallRecord("Version", "", Duration.ofMillis(3), Status.OK));
    calls.accept(new CallRecord("Version", "", Duration.ofMillis(70), Status.OK));
    calls.accept(new CallRecord("ContainerStatus", "id", Duration.ofMillis(1), Status.NOT_FOUND));
    String text = get("/metrics").body();
    assertThat(text)
        .contains("gantry_calls_seconds_count{code=\"OK\",method=\"Version\"} 2")
        .contains("gantry_calls_seconds_bucket{code=\"OK\",method=\"Version\",le=\"0.005\"} 1")
        .contains("gantry_calls_seconds_bucket{code=\"OK\",method=\"Version\",le=\"0.1\"} 2")
        .contains("gantry_calls_seconds_count{code=\"NOT_FOUND\",method=\"ContainerStatus\"} 1")
        .doesNotContain("\"id\"");
  }

  @Test
  void theProcessIsMeasured() throws Exception {
    try (ProcessMetrics process = new ProcessMetrics(registry, "1.2.3")) {
      assertThat(process).isNotNull();
      String text = get("/metrics").body();
      assertThat(text).contains("gantry_build_info{version=\"1.2.3\"} 1");
      assertThat(value(text, "process_resident_memory_bytes")).isBetween(1e7, 1e11);
      assertThat(value(text, "process_open_fds")).isBetween(3.0, 1e5);
    }
  }

  @Test
  void nothingElseIsServed() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/metrics/x").statusCode()).isEqualTo(404);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (MetricsServer server = new MetricsServer(any, registry);
        HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
  }

  private static double value(String text, String metric) {
    return text.lines()
        .filter(line -> line.startsWith(metric + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
        .findFirst()
        .orElseThrow();
  }
}
