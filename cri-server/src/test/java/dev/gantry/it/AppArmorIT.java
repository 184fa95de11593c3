package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** AppArmor, which must be on in the node's kernel; see deploy/test-vm. */
@Tag("vm")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AppArmorIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;
  private PodSandboxConfig config;
  private String pod;

  @BeforeAll
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"%s\"".formatted(dir.resolve("no-cni")));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
    config = pods.config("confined");
    pod = pods.run(config);
  }

  @AfterAll
  void stop() {
    pods.remove(pod);
    node.close();
  }

  private ContainerConfig with(String name, LinuxContainerSecurityContext.Builder context) {
    return pods.container(name, "sleep", "600")
        .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context))
        .build();
  }

  private static LinuxContainerSecurityContext.Builder profile(ProfileType type, String name) {
    return LinuxContainerSecurityContext.newBuilder()
        .setApparmor(SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(name));
  }

  private String labelOf(String id) {
    return pods.exec(id, "cat", "/proc/1/attr/current", "/proc/self/attr/current")
        .getStdout()
        .toStringUtf8();
  }

  @Test
  void theDefaultProfileConfinesEvenSomebodyWithMoreRights() {
    String id =
        pods.create(
            pod,
            config,
            with(
                "default",
                LinuxContainerSecurityContext.newBuilder()
                    .setNoNewPrivs(true)
                    .setCapabilities(Capability.newBuilder().addAddCapabilities("SYS_ADMIN"))));
    pods.start(id);
    assertThat(labelOf(id)).isEqualTo("gantry-default (enforce)\ngantry-default (enforce)\n");
    assertThat(pods.exec(id, "mount", "-t", "tmpfs", "none", "/tmp").getStderr().toStringUtf8())
        .contains("mount");
    assertThat(pods.exec(id, "sh", "-c", "echo 1 > /proc/sysrq-trigger").getStderr().toStringUtf8())
        .isNotEmpty();
    assertThat(pods.exec(id, "sh", "-c", "sleep 100 & kill $!").getExitCode()).isZero();
  }

  @Test
  void unconfinedIsUnconfined() {
    String id = pods.create(pod, config, with("free", profile(ProfileType.Unconfined, "")));
    pods.start(id);
    assertThat(labelOf(id)).isEqualTo("unconfined\nunconfined\n");
  }

  @Test
  void aProfileOfTheNodeIsUsed() {
    Commands.run(
        "sh",
        "-c",
        "echo 'profile gantry-it flags=(attach_disconnected) { file, signal, deny /tmp/no w, }'"
            + " | apparmor_parser --replace");
    String id = pods.create(pod, config, with("own", profile(ProfileType.Localhost, "gantry-it")));
    pods.start(id);
    assertThat(labelOf(id)).startsWith("gantry-it (enforce)\n");
    assertThat(pods.exec(id, "touch", "/tmp/no").getExitCode()).isNotZero();
    assertThat(pods.exec(id, "touch", "/tmp/yes").getExitCode()).isZero();
  }

  @Test
  void aProfileThatIsNotLoadedIsRefused() {
    assertThatThrownBy(
            () ->
                pods.create(pod, config, with("none", profile(ProfileType.Localhost, "not-there"))))
        .hasMessageContaining("config.linux.security_context.apparmor")
        .hasMessageContaining("\"not-there\" is not loaded");
  }
}
