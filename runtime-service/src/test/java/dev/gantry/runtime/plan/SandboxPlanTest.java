package dev.gantry.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxPlanTest {
  private static PodSandboxConfig pod(
      NamespaceOption.Builder namespaces, Map<String, String> sysctls) {
    return PodSandboxConfig.newBuilder()
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .putAllSysctls(sysctls)
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(namespaces)))
        .build();
  }

  private static NamespaceOption.Builder namespaces(NamespaceMode pid, NamespaceMode others) {
    return NamespaceOption.newBuilder().setPid(pid).setNetwork(others).setIpc(others);
  }

  @Test
  void aPlainPod() {
    var config =
        pod(
            namespaces(NamespaceMode.CONTAINER, NamespaceMode.POD),
            Map.of("net.ipv4.ip_unprivileged_port_start", "1024"));
    assertThat(SandboxPlan.of(config, "web", "/run/netns/n", List.of(), null).explain())
        .isEqualTo(
            """
            unshare net,uts,ipc
            hostname web
            loopback-up
            pin-netns /run/netns/n
            sysctl net/ipv4/ip_unprivileged_port_start 1024
            sysctl net/ipv4/ping_group_range "0 2147483647"
            shm 67108864
            """);
  }

  @Test
  void theShimMovesItselfBeforeAllElse() {
    var config = pod(namespaces(NamespaceMode.CONTAINER, NamespaceMode.NODE), Map.of());
    assertThat(
            SandboxPlan.of(config, "node", "", List.of("/cg/cpu/p", "/cg/pids/p"), null).explain())
        .isEqualTo("cgroup /cg/cpu/p\ncgroup /cg/pids/p\n");
  }

  @Test
  void aSharedPidNamespaceNeedsAProcessToHoldIt() {
    var config = pod(namespaces(NamespaceMode.POD, NamespaceMode.POD), Map.of());
    assertThat(SandboxPlan.of(config, "web", "/run/netns/n", List.of(), null).explain())
        .endsWith("pause\n");
  }

  @Test
  void thePodOfTheNodesNamespacesMakesNone() {
    var config = pod(namespaces(NamespaceMode.NODE, NamespaceMode.NODE), Map.of());
    assertThat(SandboxPlan.of(config, "node", "", List.of(), null).explain()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel.panic",
        "vm.swappiness",
        "net/../kernel/panic",
        "/net/x",
        "kernel.hostname"
      })
  void aSysctlOfTheNodeIsRefused(String name) {
    var config = pod(namespaces(NamespaceMode.CONTAINER, NamespaceMode.POD), Map.of(name, "1"));
    assertThatThrownBy(() -> SandboxPlan.of(config, "web", "/n", List.of(), null))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("config.linux.sysctls: ");
  }

  @Test
  void aNetworkSysctlWithTheNodesNetworkIsRefused() {
    var config =
        pod(namespaces(NamespaceMode.NODE, NamespaceMode.NODE), Map.of("net.core.somaxconn", "1"));
    assertThatThrownBy(() -> SandboxPlan.of(config, "web", "", List.of(), null))
        .isInstanceOf(Fault.Invalid.class);
  }

  private static NamespaceOption.Builder mapped(NamespaceMode network, int... insideIds) {
    UserNamespace.Builder user = UserNamespace.newBuilder().setMode(NamespaceMode.POD);
    for (int inside : insideIds) {
      IDMapping.Builder ids =
          IDMapping.newBuilder().setContainerId(inside).setHostId(100_000).setLength(65_536);
      user.addUids(ids).addGids(ids);
    }
    return namespaces(NamespaceMode.POD, network).setUsernsOptions(user);
  }

  @Test
  void aUserNamespaceOwnsTheOthers() {
    assertThat(
            SandboxPlan.of(
                    pod(mapped(NamespaceMode.POD, 0), Map.of()), "web", "/n", List.of(), null)
                .explain())
        .isEqualTo(
            """
            userns 0:100000:65536 0:100000:65536
            unshare net,uts,ipc
            hostname web
            loopback-up
            pin-netns /n
            sysctl net/ipv4/ip_unprivileged_port_start 0
            sysctl net/ipv4/ping_group_range "0 65535"
            shm 67108864
            pause
            """);
  }

  @Test
  void aUserNamespaceGoesWithTheNodesNetwork() {
    assertThat(
            SandboxPlan.of(
                    pod(mapped(NamespaceMode.NODE, 0).setIpc(NamespaceMode.POD), Map.of()),
                    "web",
                    "",
                    List.of(),
                    null)
                .explain())
        .isEqualTo(
            """
            userns 0:100000:65536 0:100000:65536
            unshare ipc
            shm 67108864
            pause
            """);
  }

  @Test
  void aUserNamespaceHasOneMappingFromZero() {
    refusedUser(mapped(NamespaceMode.POD), "exactly one mapping");
    refusedUser(mapped(NamespaceMode.POD, 0, 70_000), "exactly one mapping");
    refusedUser(mapped(NamespaceMode.POD, 1), "container_id: must be 0");
    refusedUser(
        mapped(NamespaceMode.POD, 0).setPid(NamespaceMode.NODE), "POD with the node's processes");
    refusedUser(
        namespaces(NamespaceMode.POD, NamespaceMode.POD)
            .setUsernsOptions(UserNamespace.newBuilder().setMode(NamespaceMode.CONTAINER)),
        "only POD and NODE");
  }

  private static void refusedUser(NamespaceOption.Builder options, String text) {
    assertThatThrownBy(() -> SandboxPlan.of(pod(options, Map.of()), "web", "/n", List.of(), null))
        .isInstanceOf(Fault.class)
        .hasMessageContaining(text);
  }
}
