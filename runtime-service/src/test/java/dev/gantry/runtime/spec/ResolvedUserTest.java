package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.linux.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResolvedUserTest {
  private static final Accounts ACCOUNTS =
      Accounts.parse(
          "root:x:0:0::/root:/bin/sh\nbroken\nweb:x:33:34::/var/www:/bin/sh\n1000:x:7:8::rel:\n",
          "web:x:34:\naudio:x:29:web,other\nbig:x:99999999999:web\n");

  private static ResolvedUser of(LinuxContainerSecurityContext.Builder context, String image) {
    return ResolvedUser.of(context.build(), image, ACCOUNTS);
  }

  private static LinuxContainerSecurityContext.Builder context() {
    return LinuxContainerSecurityContext.newBuilder();
  }

  private static Int64Value id(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }

  @Test
  void nobodyAskedIsTheImagesUserElseRoot() {
    assertThat(of(context(), "")).isEqualTo(new ResolvedUser(0, 0, List.of(0L), "/root"));
    assertThat(of(context(), "web"))
        .isEqualTo(new ResolvedUser(33, 34, List.of(29L, 34L), "/var/www"));
    assertThat(of(context(), "33:audio").gid()).isEqualTo(29);
    assertThat(of(context(), "4242")).isEqualTo(new ResolvedUser(4242, 0, List.of(0L), "/"));
  }

  @Test
  void aNumberFromCriIsNeverAName() {
    assertThat(of(context().setRunAsUser(id(1000)), "web").uid()).isEqualTo(1000);
    assertThat(of(context().setRunAsUsername("1000"), "").uid()).isEqualTo(7);
  }

  @Test
  void strictLeavesOutTheImagesGroups() {
    assertThat(of(context().setRunAsUser(id(33)).addSupplementalGroups(5), "").groups())
        .containsExactly(5L, 29L, 34L);
    assertThat(
            of(
                    context()
                        .setRunAsUser(id(33))
                        .addSupplementalGroups(5)
                        .setSupplementalGroupsPolicy(SupplementalGroupsPolicy.Strict),
                    "")
                .groups())
        .containsExactly(5L, 34L);
  }

  @Test
  void refusals() {
    assertThatThrownBy(() -> of(context().setRunAsGroup(id(5)), ""))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("run_as_group");
    assertThatThrownBy(() -> of(context().setRunAsUser(id(1)).setRunAsUsername("web"), ""))
        .isInstanceOf(Fault.Invalid.class);
    assertThatThrownBy(() -> of(context().setRunAsUser(id(-1)), ""))
        .isInstanceOf(Fault.Invalid.class);
    assertThatThrownBy(() -> of(context().setRunAsUsername("nobody"), ""))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("no user \"nobody\"");
    assertThatThrownBy(() -> of(context(), "web:none")).hasMessageContaining("no group \"none\"");
  }
}
