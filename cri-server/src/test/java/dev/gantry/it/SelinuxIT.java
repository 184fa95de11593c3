package dev.gantry.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.linux.Dir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** SELinux, with a policy that knows containers; see deploy/test-vm. */
@Tag("vm")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SelinuxIT {
  private static final String PROCESS = "system_u:system_r:container_t:";
  private static final String FILES = "system_u:object_r:container_file_t:";

  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeAll
  void start() throws IOException {
    node =
        new TestNode(
            dir, "cni_conf_dir = \"%s\"\n[runtimes.runc]".formatted(dir.resolve("no-cni")));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private String pod(PodSandboxConfig config, String handler) {
    return node.runtime()
        .runPodSandbox(
            RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(handler).build())
        .getPodSandboxId();
  }

  /** Of the container's first process, whose label an exec has too; without the final NUL. */
  private String labelOf(String id) {
    String own = pods.exec(id, "cat", "/proc/self/attr/current").getStdout().toStringUtf8();
    assertThat(pods.exec(id, "cat", "/proc/1/attr/current").getStdout().toStringUtf8())
        .isEqualTo(own);
    return own.replace("\0", "").strip();
  }

  private static String fileLabel(Path file) {
    try (Dir opened = Dir.open(file)) {
      return new String(Objects.requireNonNull(opened.xattr(".", "security.selinux")), UTF_8)
          .replace("\0", "");
    }
  }

  /** As its first process sees it. */
  private static Path rootOf(String id) {
    return ProcessHandle.allProcesses()
        .map(process -> Path.of("/proc", Long.toString(process.pid())))
        .filter(process -> cgroups(process).contains(id))
        .findFirst()
        .orElseThrow()
        .resolve("root");
  }

  private static String cgroups(Path process) {
    try {
      return Files.readString(process.resolve("cgroup"));
    } catch (IOException e) {
      return ""; // ended
    }
  }

  private void live(String name, String handler) throws Exception {
    PodSandboxConfig config = pods.config(name);
    String pod = pod(config, handler);
    Path volume = Files.createDirectories(dir.resolve("volume-" + name + "/inner"));
    ContainerConfig container =
        pods.container("main", "sleep", "600")
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/vol")
                    .setHostPath(dir.resolve("volume-" + name).toString())
                    .setSelinuxRelabel(true))
            .build();
    String id = pods.create(pod, config, container);
    pods.start(id);
    String label = labelOf(id);
    assertThat(label).matches(PROCESS + "s0:c[0-9]+,c[0-9]+");
    String files = FILES + label.substring(PROCESS.length());
    for (String path : new String[] {"", "etc", "dev", "dev/pts", "dev/shm", "dev/mqueue", "vol"}) {
      assertThat(fileLabel(rootOf(id).resolve(path))).as("/" + path).isEqualTo(files);
    }
    assertThat(fileLabel(volume)).isEqualTo(files);
    assertThat(pods.exec(id, "sh", "-c", "echo x > /vol/inner/y && cat /etc/hosts").getExitCode())
        .isZero();

    node.killDaemon();
    node.startDaemon();
    assertThat(labelOf(id)).isEqualTo(label);
    String second = pods.create(pod, config, pods.container("second", "sleep", "600").build());
    pods.start(second);
    assertThat(labelOf(second)).isEqualTo(label);
    pods.remove(pod);
  }

  @Test
  void aPodsContainersAreAtItsLevel() throws Exception {
    live("own", "");
  }

  @Test
  void byAnExternalRuntime() throws Exception {
    live("runc", "runc");
  }

  @Test
  void whatIsAskedForIsTaken() {
    PodSandboxConfig.Builder asking = pods.config("asking").toBuilder();
    asking
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setPrivileged(true)
        .getSelinuxOptionsBuilder()
        .setLevel("s0:c11,c12");
    PodSandboxConfig config = asking.build();
    String pod = pods.run(config);
    ContainerConfig.Builder typed = pods.container("typed", "sleep", "600");
    SELinuxOption.Builder options =
        typed.getLinuxBuilder().getSecurityContextBuilder().getSelinuxOptionsBuilder();
    options.setType("spc_t");
    String id = pods.create(pod, config, typed.build());
    pods.start(id);
    assertThat(labelOf(id)).isEqualTo("system_u:system_r:spc_t:s0:c11,c12");

    options.setType("no_such_t");
    typed.getMetadataBuilder().setName("wrong");
    ContainerConfig wrong = typed.build();
    assertThatThrownBy(() -> pods.create(pod, config, wrong)).hasMessageContaining("no_such_t");

    ContainerConfig.Builder privileged = pods.container("privileged", "sleep", "600");
    privileged.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    String other = pods.create(pod, config, privileged.build());
    pods.start(other);
    assertThat(labelOf(other)).doesNotContain("container_t");
    assertThat(fileLabel(rootOf(other))).isEqualTo(FILES + "s0:c11,c12");
    pods.remove(pod);
  }
}
