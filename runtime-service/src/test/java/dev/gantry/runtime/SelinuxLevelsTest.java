package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.runtime.security.SelinuxContext;
import dev.gantry.runtime.security.SelinuxPolicy;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SelinuxLevelsTest {
  private static final PodSandboxConfig POD = PodSandboxConfig.getDefaultInstance();

  private static SelinuxPolicy policy(String level) {
    return new SelinuxPolicy(
        SelinuxContext.parse("u:r:container_t" + level),
        SelinuxContext.parse("u:r:container_file_t" + level));
  }

  private static SelinuxLevels levels(String level) {
    return new SelinuxLevels(policy(level), new Registry<>("sandbox"));
  }

  @Test
  void noTwoPodsHaveTheSame() {
    SelinuxLevels levels = levels(":s0");
    Set<String> chosen = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      assertThat(chosen.add(levels.choose(POD))).isTrue();
    }
    assertThat(chosen).allMatch(level -> level.matches("s0:c[0-9]{1,4},c[0-9]{1,4}"));
  }

  @Test
  void onesOwnIsKept() {
    PodSandboxConfig.Builder pod = PodSandboxConfig.newBuilder();
    pod.getLinuxBuilder().getSecurityContextBuilder().getSelinuxOptionsBuilder().setLevel("s0:c4");
    SelinuxLevels levels = levels(":s0");
    assertThat(levels.choose(pod.build())).isEqualTo("s0:c4");
    assertThat(levels.choose(pod.build())).isEqualTo("s0:c4");
    Pod.Identity identity = RuntimeRecordsTest.pod("p");
    assertThat(levels.shared(identity)).isEqualTo("u:r:container_file_t:s0:c3,c5");
  }

  @Test
  void aPolicyWithoutLevelsAndANodeWithoutPolicyHaveNone() {
    assertThat(levels("").choose(POD)).isEmpty();
    SelinuxLevels none = new SelinuxLevels(null, new Registry<>("sandbox"));
    assertThat(none.choose(POD)).isEmpty();
    assertThat(none.shared(RuntimeRecordsTest.pod("p"))).isNull();
  }
}
