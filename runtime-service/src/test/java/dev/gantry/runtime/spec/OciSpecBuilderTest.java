package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Device;
import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.linux.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;

class OciSpecBuilderTest {
  static OciSpec build(HostFacts host, ContainerConfig.Builder cri, PodSandboxConfig.Builder pod) {
    return new OciSpecBuilder(host, new FakeHostFiles())
        .build(Inputs.input(cri.build(), pod.build()));
  }

  static ContainerConfig.Builder secured(LinuxContainerSecurityContext.Builder context) {
    return Inputs.container()
        .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context));
  }

  static PodSandboxConfig.Builder privilegedPod() {
    return Inputs.pod()
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(LinuxSandboxSecurityContext.newBuilder().setPrivileged(true)));
  }

  /** Everything the kubelet usually sends, on cgroup v2. */
  static ContainerConfig.Builder usual() {
    return Inputs.container()
        .addArgs("serve")
        .setWorkingDir("/srv/app")
        .addEnvs(KeyValue.newBuilder().setKey("LANG").setValue(ByteString.copyFromUtf8("de")))
        .addEnvs(KeyValue.newBuilder().setKey("SECRET").setValue(ByteString.copyFromUtf8("s=1")))
        .addMounts(
            Mount.newBuilder()
                .setContainerPath("/data/deep/inner")
                .setHostPath("/var/run/link")
                .setReadonly(true)
                .setRecursiveReadOnly(true))
        .addMounts(
            Mount.newBuilder()
                .setContainerPath("/data")
                .setHostPath("/srv/data")
                .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL)
                .addMountOptions("noexec"))
        .addMounts(
            Mount.newBuilder().setContainerPath("/etc/hosts").setHostPath("/var/lib/kubelet/hosts"))
        .addDevices(Device.newBuilder().setHostPath("/dev/fuse").setPermissions("rw"))
        .addDevices(Device.newBuilder().setHostPath("/dev/input").setContainerPath("/dev/in"))
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setResources(
                    LinuxContainerResources.newBuilder()
                        .setCpuShares(512)
                        .setCpuPeriod(100_000)
                        .setCpuQuota(50_000)
                        .setCpusetCpus("0-1")
                        .setMemoryLimitInBytes(64 << 20)
                        .setMemorySwapLimitInBytes(64 << 20)
                        .setOomScoreAdj(999)
                        .addHugepageLimits(
                            HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4 << 20))
                        .putUnified("memory.oom.group", "1"))
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder()
                        .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                        .addSupplementalGroups(2000)
                        .setReadonlyRootfs(true)
                        .setNoNewPrivs(true)
                        .addMaskedPaths("/proc/kcore")
                        .addReadonlyPaths("/proc/sys")
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER))
                        .setCapabilities(
                            Capability.newBuilder()
                                .addAddCapabilities("NET_ADMIN")
                                .addDropCapabilities("ALL"))));
  }

  @Test
  void whatTheKubeletUsuallySends() {
    GoldenFile.matches(
        "usual.config.json", OciJson.write(build(Inputs.host(true), usual(), Inputs.pod())));
  }

  @Test
  void theLeastThereIs() {
    GoldenFile.matches(
        "least.config.json",
        OciJson.write(build(Inputs.host(false), Inputs.container(), Inputs.pod())));
  }

  @Test
  void privileged() {
    GoldenFile.matches(
        "privileged.config.json",
        OciJson.write(
            build(
                Inputs.without(Inputs.host(true), "CAP_SYS_RESOURCE"),
                secured(
                    LinuxContainerSecurityContext.newBuilder()
                        .setPrivileged(true)
                        .addMaskedPaths("/proc/kcore")
                        .setSeccomp(
                            SecurityProfile.newBuilder()
                                .setProfileType(SecurityProfile.ProfileType.RuntimeDefault))),
                privilegedPod())));
  }

  private static UserNamespace.Builder mapping(int hostId) {
    IDMapping.Builder ids = IDMapping.newBuilder().setHostId(hostId).setLength(65_536);
    return UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(ids).addGids(ids);
  }

  private static PodSandboxConfig.Builder mappedPod() {
    return Inputs.pod()
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder().setUsernsOptions(mapping(100_000)))));
  }

  private static Mount.Builder mappedMount(int hostId) {
    return Mount.newBuilder()
        .setContainerPath("/data")
        .setHostPath("/srv/data")
        .addUidMappings(mapping(hostId).getUids(0))
        .addGidMappings(mapping(hostId).getGids(0));
  }

  @Test
  void inAUserNamespace() {
    GoldenFile.matches(
        "mapped.config.json",
        OciJson.write(
            build(
                Inputs.host(true),
                Inputs.container()
                    .addMounts(mappedMount(100_000))
                    .addMounts(Mount.newBuilder().setContainerPath("/raw").setHostPath("/raw")),
                mappedPod())));
  }

  @Test
  void aUserNamespaceIsThePods() {
    assertThatThrownBy(
            () ->
                build(
                    Inputs.host(true),
                    Inputs.container().addMounts(mappedMount(200_000)),
                    mappedPod()))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining("config.mounts.uidMappings");
    assertThatThrownBy(
            () ->
                build(
                    Inputs.host(true),
                    secured(
                        LinuxContainerSecurityContext.newBuilder()
                            .setNamespaceOptions(
                                NamespaceOption.newBuilder().setUsernsOptions(mapping(7)))),
                    mappedPod()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("userns_options: differ");
  }

  @Test
  void whatIsWrittenCanBeReadBack() {
    // As long as what the parser takes by itself, and more: fuzzing found it where CNI stores them.
    OciSpec spec =
        build(Inputs.host(true), usual().putAnnotations("k".repeat(52_117), "value"), Inputs.pod());
    assertThat(OciJson.read(OciJson.write(spec))).isEqualTo(spec);
  }

  @Test
  void privilegedNeedsAPrivilegedPod() {
    refused(
        secured(LinuxContainerSecurityContext.newBuilder().setPrivileged(true)),
        Fault.Invalid.class,
        "privileged");
  }

  @Test
  void aCommandMakesTheImagesCommandVoid() {
    assertThat(Inputs.spec(Inputs.container()).process().args())
        .containsExactly("/entry", "serve", "--port=80");
    assertThat(Inputs.spec(Inputs.container().addCommand("/bin/sh")).process().args())
        .containsExactly("/bin/sh");
    assertThat(Inputs.spec(Inputs.container().addArgs("x")).process().args())
        .containsExactly("/entry", "x");
    ImageFacts empty = new ImageFacts(List.of(), List.of(), List.of(), "", "");
    assertThatThrownBy(
            () ->
                new OciSpecBuilder(Inputs.host(true), new FakeHostFiles())
                    .build(Inputs.input(Inputs.container().build(), Inputs.pod().build(), empty)))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("config.command");
  }

  @Test
  void environmentDefaultsGiveWayToTheImageAndThatToCri() {
    ContainerConfig.Builder cri =
        Inputs.container()
            .setTty(true)
            .addEnvs(KeyValue.newBuilder().setKey("HOME").setValue(ByteString.copyFromUtf8("/h")));
    assertThat(Inputs.spec(cri).process().env())
        .containsExactly(
            "PATH=/app/bin:/bin", "TERM=xterm", "HOSTNAME=web-0", "LANG=C.UTF-8", "HOME=/h");
  }

  @Test
  void anEnvironmentValueThatIsNotTextIsRefusedWithoutShowingIt() {
    refused(
        Inputs.container()
            .addEnvs(
                KeyValue.newBuilder()
                    .setKey("TOKEN")
                    .setValue(ByteString.copyFrom(new byte[] {'s', (byte) 0xff}))),
        Fault.Unsupported.class,
        "config.envs.value: that of TOKEN is not UTF-8");
  }

  @Test
  void aMountAtDevTakesAwayWhatWouldBeBelowIt() {
    OciSpec spec =
        Inputs.spec(
            Inputs.container()
                .addMounts(Mount.newBuilder().setContainerPath("/dev").setHostPath("/dev")));
    assertThat(spec.mounts().stream().map(OciMount::destination))
        .containsExactly(
            "/proc",
            "/sys",
            "/sys/fs/cgroup",
            "/dev",
            "/etc/hostname",
            "/etc/hosts",
            "/etc/resolv.conf");
  }

  @Test
  void mountsAreRefusedByWhatIsWrongWithThem() {
    refusedMount(Mount.newBuilder().setContainerPath("rel").setHostPath("/a"), "container_path");
    refusedMount(Mount.newBuilder().setContainerPath("/").setHostPath("/a"), "container_path");
    refusedMount(Mount.newBuilder().setContainerPath("/a").setHostPath("rel"), "host_path");
    refusedMount(
        Mount.newBuilder().setContainerPath("/proc/self").setHostPath("/a"), "container_path");
    refusedMount(
        Mount.newBuilder().setContainerPath("/x/../proc/1/attr").setHostPath("/a"),
        "container_path");
    refusedMount(
        Mount.newBuilder().setContainerPath("/a").setHostPath("/a").setRecursiveReadOnly(true),
        "recursive_read_only: needs readonly");
    refusedMount(
        Mount.newBuilder()
            .setContainerPath("/a")
            .setHostPath("/srv/a")
            .setReadonly(true)
            .setRecursiveReadOnly(true)
            .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL),
        "recursive_read_only: needs private");
    refusedMount(
        Mount.newBuilder()
            .setContainerPath("/a")
            .setHostPath("/mnt/a")
            .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL),
        "propagation: /mnt/a is on no shared mount");
    refusedMount(
        Mount.newBuilder().setContainerPath("/a").setHostPath("/a").addMountOptions("suid"),
        "mount_options");
  }

  @Test
  void pidModes() {
    assertThat(pid(NamespaceMode.CONTAINER)).isEqualTo(new OciLinux.Namespace("pid", null));
    assertThat(pid(NamespaceMode.POD)).isEqualTo(new OciLinux.Namespace("pid", "/proc/77/ns/pid"));
    assertThat(pid(NamespaceMode.TARGET))
        .isEqualTo(new OciLinux.Namespace("pid", "/proc/99/ns/pid"));
    assertThatThrownBy(() -> pid(NamespaceMode.NODE)).isInstanceOf(Fault.Invalid.class);
  }

  private static OciLinux.Namespace pid(NamespaceMode mode) {
    return Inputs.spec(
            secured(
                LinuxContainerSecurityContext.newBuilder()
                    .setNamespaceOptions(NamespaceOption.newBuilder().setPid(mode))))
        .linux()
        .namespace("pid")
        .orElseThrow();
  }

  @Test
  void whatTheNodeDoesNotHaveIsRefusedByName() {
    refused(
        secured(
            LinuxContainerSecurityContext.newBuilder()
                .setApparmor(
                    SecurityProfile.newBuilder()
                        .setProfileType(SecurityProfile.ProfileType.Localhost)
                        .setLocalhostRef("mine"))),
        Fault.Unsupported.class,
        "apparmor");
    refused(
        secured(
            LinuxContainerSecurityContext.newBuilder()
                .setSelinuxOptions(SELinuxOption.newBuilder().setLevel("s0:c1"))),
        Fault.Unsupported.class,
        "selinux_options");
    ContainerConfig.Builder unified =
        Inputs.container()
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(
                        LinuxContainerResources.newBuilder().putUnified("memory.low", "1")));
    assertThatThrownBy(() -> build(Inputs.host(false), unified, Inputs.pod()))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining("unified");
  }

  private static void refusedMount(Mount.Builder mount, String field) {
    assertThatThrownBy(() -> Inputs.spec(Inputs.container().addMounts(mount)))
        .isInstanceOf(Fault.class)
        .hasMessageContaining("config.mounts." + field.replaceFirst("^mounts\\.", ""));
  }

  private static void refused(
      ContainerConfig.Builder cri, Class<? extends Fault> type, String text) {
    assertThatThrownBy(() -> Inputs.spec(cri)).isInstanceOf(type).hasMessageContaining(text);
  }
}
