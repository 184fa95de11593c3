package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PullImageRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods come and go, by the reference plugins; nothing adds up. */
class ChurnIT {
  private static final int PODS = 200;
  private static final int WARM_UP = 20;

  @TempDir Path dir;

  @Test
  void twoHundredPodsLeaveNothingBehind() throws Exception {
    Path conf = Files.createDirectories(dir.resolve("net.d"));
    Files.writeString(
        conf.resolve("10-test.conflist"),
        """
        {"cniVersion":"1.0.0","name":"test","plugins":[
          {"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"10.99.0.0/16"}]],
                   "routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"portmap","capabilities":{"portMappings":true}}]}
        """
            .formatted(dir.resolve("ipam")));
    try (TestNode node =
        new TestNode(
            dir,
            "cni_conf_dir = \"%s\"\ncni_bin_dirs = [\"/usr/lib/cni\", \"/opt/cni/bin\"]"
                .formatted(conf))) {
      Pods pods = new Pods(node, dir.resolve("logs"));
      node.images()
          .pullImage(
              PullImageRequest.newBuilder()
                  .setImage(ImageSpec.newBuilder().setImage(TestNode.IMAGE))
                  .build());
      churn(pods, 0, WARM_UP);
      HostState before = HostState.empty(node);
      long descriptors = descriptors(node);
      long memory = memory(node);

      churn(pods, WARM_UP, WARM_UP + PODS);

      HostState.assertNothingLeft(node, before);
      assertThat(descriptors(node)).isLessThanOrEqualTo(descriptors + 4);
      assertThat(memory(node)).isLessThan(memory + memory / 3);
    }
  }

  private static void churn(Pods pods, int from, int to) {
    for (int i = from; i < to; i++) {
      PodSandboxConfig config = pods.config("churn-" + i);
      String pod = pods.run(config);
      String id = pods.create(pod, config, pods.container("c", "true").build());
      pods.start(id);
      assertThat(pods.awaitExit(id).getExitCode()).isZero();
      pods.remove(pod);
    }
  }

  private static long descriptors(TestNode node) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/" + node.daemonPid() + "/fd"))) {
      return entries.count();
    }
  }

  /** Resident memory in KiB. */
  private static long memory(TestNode node) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + node.daemonPid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .filter(Objects::nonNull)
          .findFirst()
          .orElseThrow();
    }
  }
}
