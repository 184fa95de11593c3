package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.CheckpointContainerRequest;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checkpoints by the real CRIU, of a version that knows the node's kernel; see deploy/test-vm. */
@Tag("vm")
class CriuIT {
  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource(names = {"POD", "CONTAINER"})
  void aContainerIsWrittenDownAndGoesOn(NamespaceMode pids) throws IOException {
    String criu = System.getProperty("gantry.criu", "criu");
    String settings =
        """
        cni_conf_dir = "%s"
        [runtime]
        criu = "%s"
        """
            .formatted(dir.resolve("no-cni"), criu);
    TestNode node = new TestNode(dir, settings);
    try {
      Pods pods = new Pods(node, dir.resolve("logs"));
      pods.pull();
      var config = pods.config("counting").toBuilder();
      config
          .getLinuxBuilder()
          .getSecurityContextBuilder()
          .getNamespaceOptionsBuilder()
          .setPid(pids);
      PodSandboxConfig pod = config.build();
      var counter = Checkpoints.counter(pods).toBuilder();
      counter
          .getLinuxBuilder()
          .getSecurityContextBuilder()
          .getNamespaceOptionsBuilder()
          .setPid(pids);
      String container = pods.create(pods.run(pod), pod, counter.build());
      pods.start(container);
      Checkpoints.assertCounts(pods, container);
      Path archive = dir.resolve("counter.tar");
      var _ =
          node.runtime()
              .checkpointContainer(
                  CheckpointContainerRequest.newBuilder()
                      .setContainerId(container)
                      .setLocation(archive.toString())
                      .build());
      Path unpacked = dir.resolve("unpacked");
      Checkpoints.assertWhole(archive, container, unpacked);
      assertThat(unpacked.resolve("checkpoint"))
          .isDirectoryContaining("glob:**/inventory.img")
          .isDirectoryContaining("glob:**/pages-1.img");
      Checkpoints.assertCounts(pods, container);
    } finally {
      node.close();
    }
  }
}
