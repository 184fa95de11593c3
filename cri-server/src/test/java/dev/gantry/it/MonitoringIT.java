package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.StatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a node that has worked, and what deploy/monitoring makes of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonitoringIT {
  private static final Path MONITORING = Path.of("../deploy/monitoring");
  private static final String ADDRESS = "127.0.0.1:9464";

  /** What Prometheus adds to every metric, and the one that it makes itself. */
  private static final Set<String> PROMETHEUS_LABELS = Set.of("instance", "job");

  private static final String UP = "up";

  @TempDir static Path dir;
  private TestNode node;
  private Scrape scrape;

  @BeforeAll
  void work() throws IOException {
    node =
        new TestNode(
            dir,
            "cni_conf_dir = \"%s\"\n[metrics]\naddress = \"%s\""
                .formatted(dir.resolve("no-cni"), ADDRESS));
    Pods pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
    assertThatThrownBy(
            () ->
                node.images()
                    .pullImage(
                        PullImageRequest.newBuilder()
                            .setImage(ImageSpec.newBuilder().setImage("127.0.0.1:5000/not/there"))
                            .build()))
        .isInstanceOf(StatusRuntimeException.class);
    var config = pods.config("watched");
    String pod = pods.run(config);
    String container = pods.create(pod, config, pods.container("worker", "sleep", "1000").build());
    pods.start(container);
    assertThat(pods.exec(container, "true").getExitCode()).isZero();
    assertThatThrownBy(
            () ->
                node.runtime()
                    .containerStatus(
                        ContainerStatusRequest.newBuilder().setContainerId("none").build()))
        .isInstanceOf(StatusRuntimeException.class);
    TestNode.eventually("a garbage collection was counted", this::collected);
    scrape = scrape();
  }

  /** Calls make garbage, and what the collector does is counted only when it has done something. */
  private boolean collected() {
    for (int i = 0; i < 500; i++) {
      var _ = node.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());
    }
    return scrape().has("jvm_gc_pause_seconds_sum");
  }

  private Scrape scrape() {
    return Scrape.parse(node.onHost("curl", "-sSf", "http://" + ADDRESS + "/metrics"));
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void promtoolAcceptsTheMetrics() throws IOException {
    Path file = dir.resolve("metrics");
    Files.writeString(file, scrape.text());
    Commands.run("sh", "-c", "promtool check metrics < " + file);
  }

  @Test
  void theNodesWorkIsCounted() {
    assertThat(scrape.text())
        .contains("gantry_pods{state=\"ready\"} 1.0\n")
        .contains("gantry_containers{state=\"running\"} 1.0\n")
        .contains("gantry_shims 1.0\n")
        .contains("gantry_images 1.0\n")
        .contains("gantry_pull_seconds_count{result=\"ok\"} 1\n")
        .contains("gantry_pull_seconds_count{result=\"not_found\"} 1\n")
        .contains(
            "gantry_cni_seconds_count{how=\"builtin\",operation=\"ADD\",plugin=\"bridge\",result=\"ok\"} 1\n")
        .contains("gantry_stage_seconds_count{result=\"ok\",stage=\"shim.start\"} 1\n")
        .contains("gantry_calls_seconds_count{code=\"NOT_FOUND\",method=\"ContainerStatus\"} 1\n");
    assertThat(number("gantry_pull_received_bytes_total")).isGreaterThan(100_000);
    assertThat(number("gantry_image_store_bytes")).isGreaterThan(100_000);
    assertThat(number("gantry_shims_memory_bytes")).isBetween(10_000.0, 20e6);
  }

  private double number(String metric) {
    return scrape
        .text()
        .lines()
        .filter(line -> line.startsWith(metric + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyQueryOfTheDashboardNamesWhatThereIs() throws IOException {
    List<String> queries = dashboardQueries();
    assertThat(queries).hasSizeGreaterThan(30);
    check(queries);
  }

  @Test
  void everyAlertNamesWhatThereIs() throws IOException {
    List<String> queries =
        new YAMLMapper()
            .readTree(MONITORING.resolve("prometheus-rules.yaml").toFile())
            .findValuesAsText("expr");
    assertThat(queries).hasSizeGreaterThan(10);
    check(queries);
  }

  @Test
  void promtoolAcceptsTheAlertsAndTheDashboardsQueries() throws IOException {
    Commands.run(
        "promtool", "check", "rules", MONITORING.resolve("prometheus-rules.yaml").toString());
    StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
    for (String query : dashboardQueries()) {
      String plain = query.replace("$__rate_interval", "5m").replace("$instance", ".*");
      rules.append("  - {record: q%d, expr: '%s'}\n".formatted(rules.length(), plain));
    }
    Path file = dir.resolve("dashboard.yaml");
    Files.writeString(file, rules);
    Commands.run("promtool", "check", "rules", file.toString());
  }

  private static List<String> dashboardQueries() throws IOException {
    JsonNode dashboard =
        new JsonMapper().readTree(MONITORING.resolve("grafana-dashboard.json").toFile());
    List<String> queries = new ArrayList<>();
    dashboard.get("panels").forEach(panel -> queries.addAll(panel.findValuesAsText("expr")));
    return queries;
  }

  private void check(List<String> queries) {
    for (String text : queries) {
      Query query = Query.parse(text);
      assertThat(query.selectors()).as(text).isNotEmpty();
      Set<String> known = new HashSet<>(PROMETHEUS_LABELS);
      for (Query.Selector selector : query.selectors()) {
        if (!selector.metric().equals(UP)) {
          check(text, selector);
          known.addAll(scrape.labels().getOrDefault(selector.metric(), Map.of()).keySet());
        }
      }
      assertThat(known).as("labels in %s", text).containsAll(query.grouping());
    }
  }

  private void check(String text, Query.Selector selector) {
    assertThat(scrape.has(selector.metric()))
        .as("metric %s of %s", selector.metric(), text)
        .isTrue();
    for (Query.Condition condition : selector.conditions()) {
      if (PROMETHEUS_LABELS.contains(condition.label())) {
        continue;
      }
      Set<String> values = scrape.values(selector.metric(), condition.label());
      assertThat(values).as("label %s in %s", condition.label(), text).isNotEmpty();
      if (condition.operator().equals("=")) {
        assertThat(values)
            .as("value of %s in %s", condition.label(), text)
            .contains(condition.value());
      }
    }
  }
}
