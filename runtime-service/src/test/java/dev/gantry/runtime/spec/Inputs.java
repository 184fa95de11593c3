package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.runtime.security.Capabilities;
import dev.gantry.runtime.security.SelinuxContext;
import dev.gantry.runtime.security.SelinuxPolicy;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Configurations to start from. */
public final class Inputs {
  private static final String POD_DIR = "/run/gantry/pods/pod1";

  public static final String SHM = POD_DIR + "/shm";
  public static final ImageFacts IMAGE =
      new ImageFacts(
          List.of("/entry"),
          List.of("serve", "--port=80"),
          List.of("PATH=/app/bin:/bin", "LANG=C.UTF-8"),
          "/app",
          "");

  private Inputs() {}

  public static PodSandboxConfig.Builder pod() {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("web").setNamespace("shop").setUid("u-1"))
        .setHostname("web-0");
  }

  public static ContainerConfig.Builder container() {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage("registry.test/app:1"));
  }

  /** A node like most: no CAP_SYS_RESOURCE is missing, no AppArmor, no SELinux. */
  public static HostFacts host(boolean unifiedCgroups) {
    return new HostFacts(
        unifiedCgroups,
        Set.copyOf(Capabilities.names(-1)),
        true,
        false,
        null,
        true,
        true,
        "node-7");
  }

  /** The same with the labels that most policies have for containers. */
  static HostFacts withSelinux(HostFacts host) {
    return new HostFacts(
        host.unifiedCgroups(),
        host.boundingCapabilities(),
        host.seccomp(),
        host.apparmor(),
        new SelinuxPolicy(
            SelinuxContext.parse("system_u:system_r:container_t:s0"),
            SelinuxContext.parse("system_u:object_r:container_file_t:s0")),
        host.recursiveReadOnly(),
        host.idmappedMounts(),
        host.hostname());
  }

  static HostFacts without(HostFacts host, String capability) {
    Set<String> bounding = new HashSet<>(host.boundingCapabilities());
    bounding.remove(capability);
    return new HostFacts(
        host.unifiedCgroups(),
        bounding,
        host.seccomp(),
        host.apparmor(),
        host.selinux(),
        host.recursiveReadOnly(),
        host.idmappedMounts(),
        host.hostname());
  }

  public static ContainerSpecInput input(ContainerConfig cri, PodSandboxConfig pod) {
    return input(cri, pod, IMAGE);
  }

  public static ContainerSpecInput input(
      ContainerConfig cri, PodSandboxConfig pod, ImageFacts image) {
    return new ContainerSpecInput(
        "c1",
        "pod1",
        cri,
        pod,
        image,
        ResolvedUser.of(
            cri.getLinux().getSecurityContext(),
            image.user(),
            Accounts.parse(
                "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
                "root:x:0:\napp:x:1000:\naudio:x:29:app\n")),
        "/run/gantry/containers/c1/rootfs",
        new ContainerSpecInput.Files(
            POD_DIR + "/files/hosts",
            POD_DIR + "/files/hostname",
            POD_DIR + "/files/resolv.conf",
            SHM),
        "/kubepods/podu-1/c1",
        new PodNamespaces(
            "/run/netns/gantry-pod1",
            "/proc/70/ns/ipc",
            "/proc/70/ns/uts",
            "/proc/77/ns/pid",
            "/proc/70/ns/user"),
        "/proc/99/ns/pid",
        Map.of(),
        null,
        List.of(),
        "s0:c7,c9");
  }

  public static OciSpec spec(ContainerConfig.Builder cri) {
    return new OciSpecBuilder(host(true), new FakeHostFiles())
        .build(input(cri.build(), pod().build()));
  }
}
