package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestsTest {
  private static PodSandboxConfig.Builder pod() {
    return PodSandboxConfig.newBuilder()
        .setMetadata(PodSandboxMetadata.newBuilder().setName("n").setNamespace("ns").setUid("u"))
        .setHostname("host-1")
        .setLogDirectory("/var/log/pods/x");
  }

  private static ContainerConfig container(String logPath) {
    return ContainerConfig.newBuilder().setLogPath(logPath).build();
  }

  @Test
  void aPlainPodPasses() {
    Requests.check(pod().build());
  }

  @Test
  void everyPartOfTheNameIsNeeded() {
    var metadata = PodSandboxMetadata.newBuilder().setName("n").setNamespace("ns");
    assertThatThrownBy(() -> Requests.check(pod().setMetadata(metadata).build()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("config.metadata.uid: must be set");
    assertThatThrownBy(() -> Requests.check(pod().clearMetadata().build()))
        .hasMessage("config.metadata: must be set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a/b", "\0", "a\n"})
  void aHostnameThatIsNoneIsRefused(String hostname) {
    assertThatThrownBy(() -> Requests.check(pod().setHostname(hostname).build()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("config.hostname: ");
  }

  @Test
  void theLogLiesInTheLogDirectory() {
    assertThat(Requests.logPath(pod().build(), container("c/0.log")))
        .isEqualTo("/var/log/pods/x/c/0.log");
    assertThat(Requests.logPath(pod().build(), container(""))).isEmpty();
    assertThat(Requests.logPath(pod().setLogDirectory("").build(), container("0.log"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x.log", "/etc/passwd", "a/../../x", ".", "a\0b"})
  void aLogPathThatLeadsOutIsRefused(String path) {
    assertThatThrownBy(() -> Requests.logPath(pod().build(), container(path)))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("config.log_path: ");
  }
}
