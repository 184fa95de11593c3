package dev.gantry.runtime.spec;

import static dev.gantry.runtime.spec.OciSpecBuilderTest.build;
import static dev.gantry.runtime.spec.OciSpecBuilderTest.privilegedPod;
import static dev.gantry.runtime.spec.OciSpecBuilderTest.secured;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;

class SelinuxLabelsTest {
  private static final HostFacts HOST = Inputs.withSelinux(Inputs.host(true));
  private static final String FILES = "system_u:object_r:container_file_t:";

  private static ContainerConfig.Builder asking(SELinuxOption.Builder options) {
    return secured(LinuxContainerSecurityContext.newBuilder().setSelinuxOptions(options));
  }

  private static void labelled(OciSpec spec, String process, String mount) {
    assertThat(spec.process().selinuxLabel()).isEqualTo(process);
    assertThat(spec.linux().mountLabel()).isEqualTo(mount);
  }

  @Test
  void thePolicysTypesAtThePodsLevel() {
    labelled(
        build(HOST, Inputs.container(), Inputs.pod()),
        "system_u:system_r:container_t:s0:c7,c9",
        FILES + "s0:c7,c9");
  }

  @Test
  void whatIsAskedForIsTheProcesss() {
    labelled(
        build(
            HOST,
            asking(SELinuxOption.newBuilder().setType("spc_t").setRole("r_r").setLevel("s0:c1")),
            Inputs.pod()),
        "system_u:r_r:spc_t:s0:c1",
        FILES + "s0:c1");
  }

  @Test
  void whoIsToSeeTheNodeHasNoLabelOfItsOwn() {
    ContainerConfig.Builder privileged =
        secured(LinuxContainerSecurityContext.newBuilder().setPrivileged(true));
    OciSpec spec = build(HOST, privileged, privilegedPod());
    assertThat(spec.process().selinuxLabel()).isNull();
    assertThat(spec.linux().mountLabel()).isEqualTo(FILES + "s0:c7,c9");
    PodSandboxConfig.Builder pod = Inputs.pod();
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setIpc(NamespaceMode.NODE);
    assertThat(build(HOST, Inputs.container(), pod).process().selinuxLabel()).isNull();
    labelled(
        build(HOST, asking(SELinuxOption.newBuilder().setType("x_t")), pod),
        "system_u:system_r:x_t:s0:c7,c9",
        FILES + "s0:c7,c9");
  }

  @Test
  void aLabelThatThePolicyDoesNotHaveIsRefused() {
    assertThatThrownBy(
            () ->
                build(HOST, asking(SELinuxOption.newBuilder().setType("nothing_t")), Inputs.pod()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("selinux_options: \"system_u:system_r:nothing_t:s0:c7,c9\"");
  }

  @Test
  void withoutSelinuxThereIsNone() {
    OciSpec spec = build(HOST.withoutSelinux(), Inputs.container(), Inputs.pod());
    assertThat(spec.process().selinuxLabel()).isNull();
    assertThat(spec.linux().mountLabel()).isNull();
  }
}
