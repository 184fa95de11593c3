package dev.gantry.runtime.oracle;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.Device;
import dev.gantry.cri.v1.ImageSpec;
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
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Containers, one for each thing CRI can ask for. */
final class OracleCases {
  private OracleCases() {}

  static PodSandboxConfig.Builder pod() {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("web").setNamespace("shop").setUid("u-1"))
        .setHostname("web-0")
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setPrivileged(true)
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER))));
  }

  static ContainerConfig.Builder container() {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage("registry.test/app:1"));
  }

  private static ContainerConfig.Builder secured(LinuxContainerSecurityContext.Builder context) {
    return container().setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context));
  }

  private static LinuxContainerSecurityContext.Builder context() {
    return LinuxContainerSecurityContext.newBuilder();
  }

  private static ContainerConfig.Builder limited(LinuxContainerResources.Builder resources) {
    return container().setLinux(LinuxContainerConfig.newBuilder().setResources(resources));
  }

  private static LinuxContainerResources.Builder resources() {
    return LinuxContainerResources.newBuilder();
  }

  private static Capability.Builder capabilities() {
    return Capability.newBuilder();
  }

  private static ContainerConfig.Builder capable(Capability.Builder capabilities) {
    return secured(context().setCapabilities(capabilities));
  }

  private static Int64Value id(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }

  private static KeyValue env(String name, String value) {
    return KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value)).build();
  }

  private static Mount.Builder mount(Path from, String to) {
    return Mount.newBuilder().setHostPath(from.toString()).setContainerPath(to);
  }

  private static ContainerConfig.Builder with(Mount.Builder... mounts) {
    ContainerConfig.Builder cri = container();
    for (Mount.Builder mount : mounts) {
      cri.addMounts(mount);
    }
    return cri;
  }

  private static Device.Builder device(String permissions) {
    return Device.newBuilder().setHostPath("/dev/fuse").setPermissions(permissions);
  }

  /**
   * @param data a directory with a mount below {@code sub}, itself a shared mount
   */
  static Map<String, ContainerConfig.Builder> all(Path data) {
    Map<String, ContainerConfig.Builder> cases = new LinkedHashMap<>();
    identity(cases);
    rights(cases);
    mounts(cases, data);
    rest(cases);
    return cases;
  }

  private static void identity(Map<String, ContainerConfig.Builder> cases) {
    cases.put("plain", container());
    cases.put("user", secured(context().setRunAsUser(id(1000))));
    cases.put("unknown user", secured(context().setRunAsUser(id(4321))));
    cases.put("user and group", secured(context().setRunAsUser(id(7)).setRunAsGroup(id(8))));
    cases.put("user by name", secured(context().setRunAsUsername("app")));
    cases.put(
        "groups merged",
        secured(
            context().setRunAsUser(id(1000)).addSupplementalGroups(5).addSupplementalGroups(6)));
    cases.put(
        "groups strict",
        secured(
            context()
                .setRunAsUser(id(1000))
                .addSupplementalGroups(5)
                .setSupplementalGroupsPolicy(SupplementalGroupsPolicy.Strict)));
    cases.put("groups of root", secured(context().addSupplementalGroups(77)));
    cases.put(
        "environment",
        container().addEnvs(env("A", "1 2")).addEnvs(env("A", "3")).addEnvs(env("EMPTY", "")));
    cases.put("path", container().addEnvs(env("PATH", "/nowhere:/bin")));
    cases.put("home", container().addEnvs(env("HOME", "/data")));
    cases.put("directory", container().setWorkingDir("/data"));
    cases.put("missing directory", container().setWorkingDir("/made/for/this"));
    cases.put(
        "missing directory of a user",
        secured(context().setRunAsUser(id(1000))).setWorkingDir("/tmp/deep/made"));
  }

  private static void rights(Map<String, ContainerConfig.Builder> cases) {
    cases.put("one more", capable(capabilities().addAddCapabilities("NET_ADMIN")));
    cases.put("one less", capable(capabilities().addDropCapabilities("CHOWN")));
    cases.put("all", capable(capabilities().addAddCapabilities("ALL")));
    cases.put("none", capable(capabilities().addDropCapabilities("ALL")));
    cases.put(
        "all but one",
        capable(capabilities().addAddCapabilities("ALL").addDropCapabilities("SYS_ADMIN")));
    cases.put(
        "none but one",
        capable(capabilities().addDropCapabilities("ALL").addAddCapabilities("NET_RAW")));
    cases.put(
        "ambient",
        secured(
            context()
                .setRunAsUser(id(1000))
                .setCapabilities(capabilities().addAddAmbientCapabilities("NET_BIND_SERVICE"))));
    cases.put("no new privileges", secured(context().setNoNewPrivs(true)));
    cases.put(
        "no new privileges of a user",
        secured(context().setNoNewPrivs(true).setRunAsUser(id(1000))));
    cases.put("privileged", secured(context().setPrivileged(true)));
    cases.put("privileged user", secured(context().setPrivileged(true).setRunAsUser(id(1000))));
    cases.put(
        "privileged with a read-only root",
        secured(context().setPrivileged(true).setReadonlyRootfs(true)));
    cases.put("read-only root", secured(context().setReadonlyRootfs(true)));
    cases.put(
        "masked",
        secured(
            context()
                .addMaskedPaths("/proc/kcore")
                .addMaskedPaths("/proc/timer_list")
                .addMaskedPaths("/proc/acpi")
                .addMaskedPaths("/sys/firmware")
                .addMaskedPaths("/not/there")));
    cases.put(
        "read-only paths",
        secured(
            context()
                .addReadonlyPaths("/proc/sys")
                .addReadonlyPaths("/proc/bus")
                .addReadonlyPaths("/data")
                .addReadonlyPaths("/not/there")));
  }

  private static void mounts(Map<String, ContainerConfig.Builder> cases, Path data) {
    cases.put("mount", with(mount(data, "/data")));
    cases.put("read-only mount", with(mount(data, "/data").setReadonly(true)));
    cases.put(
        "recursively read-only mount",
        with(mount(data, "/data").setReadonly(true).setRecursiveReadOnly(true)));
    cases.put("missing mount point", with(mount(data, "/new/deep/place")));
    cases.put("file", with(mount(data.resolve("file"), "/data/its/place")));
    cases.put("file over a file", with(mount(data.resolve("file"), "/etc/hosts")));
    cases.put("mount options", with(mount(data, "/data").addMountOptions("noexec")));
    cases.put(
        "more mount options",
        with(mount(data, "/data").addMountOptions("nosuid").addMountOptions("nodev")));
    cases.put(
        "inner before outer",
        with(mount(data.resolve("sub"), "/data/sub/x"), mount(data, "/data")));
    cases.put("later covers earlier", with(mount(data.resolve("sub"), "/p"), mount(data, "/p")));
    cases.put(
        "slave",
        with(mount(data, "/data").setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)));
    cases.put(
        "shared",
        with(mount(data, "/data").setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL)));
    cases.put("over /dev/shm", with(mount(data, "/dev/shm")));
    cases.put("through a link", with(mount(data.resolve("link"), "/data")));
    cases.put("host path that is missing", with(mount(data.resolve("made"), "/data/made")));
    cases.put(
        "mount on a read-only root",
        secured(context().setReadonlyRootfs(true)).addMounts(mount(data, "/brand/new")));
  }

  private static void rest(Map<String, ContainerConfig.Builder> cases) {
    cases.put("device", container().addDevices(device("rwm")));
    cases.put("device to read", container().addDevices(device("r")));
    cases.put("device elsewhere", container().addDevices(device("").setContainerPath("/dev/in/f")));
    cases.put("cpu", limited(resources().setCpuShares(512).setCpuQuota(50_000)));
    cases.put(
        "cpu period",
        limited(resources().setCpuQuota(20_000).setCpuPeriod(50_000).setCpusetCpus("0")));
    cases.put("memory", limited(resources().setMemoryLimitInBytes(64 << 20)));
    cases.put("oom score", limited(resources().setOomScoreAdj(500)));
  }
}
