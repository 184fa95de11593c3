package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pods with a user namespace, by each executor. Needs root, runc, crun and Linux 6.3. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserNamespacesIT {
  private static final IDMapping IDS =
      IDMapping.newBuilder().setHostId(300_000).setLength(65_536).build();

  /** What is seen from inside, and that what should be writable is. */
  private static final String LOOK =
      """
      tr -s ' ' < /proc/self/uid_map; id -u; stat -c '%u %n' /bin/sh /etc/hosts /vol/file /srv/data
      touch /made /vol/$GREETING /srv/data/made /dev/shm/made && echo writes; ls /sys/class/net
      touch /sys/test 2>/dev/null || mount -t tmpfs none /sys/kernel 2>/dev/null || echo kept
      """;

  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeAll
  void start() throws IOException {
    // As /run is: the mapped root of an external runtime passes through.
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx--x--x"));
    node =
        TestNode.withoutSecondHierarchy(
            dir,
            """
            cni_conf_dir = "%s"
            [runtimes.runc]
            [runtimes.crun]
            options = ["--cgroup-manager", "cgroupfs"]
            """
                .formatted(dir.resolve("no-cni")));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private PodSandboxConfig mapped(String name, NamespaceMode network) {
    PodSandboxConfig.Builder config = pods.config(name).toBuilder();
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setNetwork(network)
        .setUsernsOptions(
            UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(IDS).addGids(IDS));
    return config.build();
  }

  private void live(String name, String handler, NamespaceMode network) throws IOException {
    PodSandboxConfig config = mapped(name, network);
    String pod =
        node.runtime()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler(handler)
                    .build())
            .getPodSandboxId();
    Path volume = Files.createDirectories(dir.resolve("volume-" + name));
    Files.writeString(volume.resolve("file"), "of the node's root\n");
    ContainerConfig container =
        pods.container("main", "sleep", "600")
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/vol")
                    .setHostPath(volume.toString())
                    .addUidMappings(IDS)
                    .addGidMappings(IDS))
            .build();
    String id = pods.create(pod, config, container);
    pods.start(id);
    String links =
        network == NamespaceMode.NODE
            ? String.join("\n", node.inDaemonsMounts("ls", "/sys/class/net").lines().toList())
            : "eth0\nlo";
    assertThat(pods.exec(id, "sh", "-c", LOOK).getStdout().toStringUtf8())
        .isEqualTo(
            """
             0 300000 65536
            0
            0 /bin/sh
            0 /etc/hosts
            0 /vol/file
            0 /srv/data
            writes
            %s
            kept
            """
                .formatted(links));
    assertThat(Files.getAttribute(volume.resolve("hello"), "unix:uid")).isEqualTo(0);
    pods.remove(pod);
  }

  @Test
  void byTheBuiltInExecutor() throws IOException {
    live("own", "", NamespaceMode.POD);
  }

  @Test
  void onTheNodesNetwork() throws IOException {
    live("host", "", NamespaceMode.NODE);
    assertThat(
            node.runtime()
                .status(StatusRequest.getDefaultInstance())
                .getFeatures()
                .getUserNamespacesHostNetwork())
        .isTrue();
  }

  /** Those that say they can; the others refuse. */
  @Test
  void byExternalRuntimes() throws IOException {
    for (RuntimeHandler handler :
        node.runtime().status(StatusRequest.getDefaultInstance()).getRuntimeHandlersList()) {
      String name = handler.getName();
      if (handler.getFeatures().getUserNamespaces()) {
        live("by-" + name, name, NamespaceMode.POD);
        live("host-" + name, name, NamespaceMode.NODE);
      } else {
        assertThatThrownBy(() -> live("by-" + name, name, NamespaceMode.POD))
            .hasMessageContaining("userns_options.mode: POD with runtime handler");
      }
    }
  }
}
