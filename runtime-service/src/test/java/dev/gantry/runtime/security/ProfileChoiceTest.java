package dev.gantry.runtime.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;

class ProfileChoiceTest {
  private static final ProfileChoice NONE = new ProfileChoice.Unconfined();
  private static final ProfileChoice OURS = new ProfileChoice.RuntimeDefault();

  private static LinuxContainerSecurityContext.Builder context() {
    return LinuxContainerSecurityContext.newBuilder();
  }

  private static SecurityProfile profile(ProfileType type, String reference) {
    return SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(reference).build();
  }

  @SuppressWarnings("deprecation") // what old kubelets send
  private static LinuxContainerSecurityContext.Builder old(String path) {
    return context().setSeccompProfilePath(path).setApparmorProfile(path);
  }

  private static ProfileChoice seccomp(LinuxContainerSecurityContext.Builder context) {
    return ProfileChoice.seccomp(context.build());
  }

  private static ProfileChoice apparmor(
      LinuxContainerSecurityContext.Builder context, boolean enabled) {
    return ProfileChoice.apparmor(context.build(), enabled);
  }

  @Test
  void seccompIsWhatTheFieldSaysAndUnconfinedByDefault() {
    assertThat(seccomp(context())).isEqualTo(NONE);
    assertThat(seccomp(context().setSeccomp(profile(ProfileType.RuntimeDefault, ""))))
        .isEqualTo(OURS);
    assertThat(seccomp(context().setSeccomp(profile(ProfileType.Localhost, "/p.json"))))
        .isEqualTo(new ProfileChoice.Localhost("/p.json"));
    assertThatThrownBy(() -> seccomp(context().setSeccomp(profile(ProfileType.Localhost, ""))))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("seccomp.localhost_ref");
  }

  @Test
  void theDeprecatedFieldCountsOnlyWithoutTheOther() {
    assertThat(seccomp(old("runtime/default"))).isEqualTo(OURS);
    assertThat(seccomp(old("localhost//p.json"))).isEqualTo(new ProfileChoice.Localhost("/p.json"));
    assertThat(seccomp(old("runtime/default").setSeccomp(profile(ProfileType.Unconfined, ""))))
        .isEqualTo(NONE);
    assertThatThrownBy(() -> seccomp(old("/p.json"))).isInstanceOf(Fault.Invalid.class);
  }

  @Test
  void privilegedHasNoSeccompWhateverIsAsked() {
    assertThat(
            seccomp(
                context()
                    .setPrivileged(true)
                    .setSeccomp(profile(ProfileType.Localhost, "/p.json"))))
        .isEqualTo(NONE);
  }

  @Test
  void apparmorIsTheDefaultWhereItIsOn() {
    assertThat(apparmor(context(), true)).isEqualTo(OURS);
    assertThat(apparmor(context().setPrivileged(true), true)).isEqualTo(NONE);
    assertThat(apparmor(context(), false)).isEqualTo(NONE);
    assertThat(apparmor(old("unconfined"), false)).isEqualTo(NONE);
    assertThatThrownBy(() -> apparmor(old("localhost/mine"), false))
        .isInstanceOf(Fault.Unsupported.class);
  }
}
