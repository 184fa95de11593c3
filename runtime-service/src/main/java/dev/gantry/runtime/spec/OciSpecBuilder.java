package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a container's {@code config.json} out of what CRI asks for, what the image says and what
 * the node can do. Nothing is begun here: the same input gives the same bytes, but for what {@link
 * HostFiles} finds. What cannot be honoured is refused by the name of its field.
 */
public final class OciSpecBuilder {
  private final HostFacts host;
  private final ProcessPart process;
  private final MountsPart mounts;
  private final DevicesPart devices;
  private final SelinuxLabels labels;

  public OciSpecBuilder(HostFacts host, HostFiles files) {
    this.host = host;
    this.process = new ProcessPart(host, files);
    this.mounts = new MountsPart(host, files);
    this.devices = new DevicesPart(files);
    this.labels = new SelinuxLabels(host, files);
  }

  /**
   * @throws Fault.Invalid for what is wrong in itself
   * @throws Fault.Unsupported for what this node, or Gantry, cannot do
   */
  public OciSpec build(ContainerSpecInput in) {
    ContainerConfig cri = in.cri();
    refuse(in);
    LinuxContainerSecurityContext context = cri.getLinux().getSecurityContext();
    List<OciMount> all = mounts.build(in);
    return new OciSpec(
        OciSpec.VERSION,
        process.build(in),
        new OciSpec.Root(in.rootfs(), context.getReadonlyRootfs()),
        null,
        null,
        all,
        null,
        annotations(in),
        linux(in, context, all));
  }

  /** The same with other limits: what a later exec, or an external runtime's start, goes by. */
  public OciSpec resized(OciSpec spec, LinuxContainerResources limits) {
    OciResources old = spec.linux().resources();
    OciResources resources =
        ResourcesPart.build(limits, old == null ? List.of() : old.devices(), host.unifiedCgroups());
    return spec.withLinux(spec.linux().withDevices(spec.linux().devices(), resources))
        .withProcess(spec.process().withOomScore(ProcessPart.oomScore(limits.getOomScoreAdj())));
  }

  private OciLinux linux(
      ContainerSpecInput in, LinuxContainerSecurityContext context, List<OciMount> all) {
    boolean privileged = context.getPrivileged();
    DevicesPart.Result found = devices.build(in.cri());
    UserMapping user = NamespacesPart.user(in, host);
    return new OciLinux(
        user.uids(),
        user.gids(),
        Map.of(),
        ResourcesPart.build(
            in.cri().getLinux().getResources(), found.rules(), host.unifiedCgroups()),
        in.cgroupsPath(),
        NamespacesPart.build(in, host),
        found.nodes(),
        privileged ? null : in.seccomp(),
        propagation(all),
        privileged ? List.of() : context.getMaskedPathsList(),
        privileged ? List.of() : context.getReadonlyPathsList(),
        labels.mount(in));
  }

  /** An external runtime must make its root at least as open as the most open mount. */
  private static @Nullable String propagation(List<OciMount> all) {
    if (all.stream().anyMatch(m -> m.options().contains("rshared"))) {
      return "rshared";
    }
    return all.stream().anyMatch(m -> m.options().contains("rslave")) ? "rslave" : null;
  }

  /** The names that cAdvisor, NRI plugins and hooks know from containerd and CRI-O. */
  private static Map<String, String> annotations(ContainerSpecInput in) {
    Map<String, String> all = new TreeMap<>(in.cri().getAnnotationsMap());
    var pod = in.pod().getMetadata();
    all.put("io.kubernetes.cri.container-type", "container");
    all.put("io.kubernetes.cri.container-name", in.cri().getMetadata().getName());
    all.put("io.kubernetes.cri.image-name", in.cri().getImage().getImage());
    all.put("io.kubernetes.cri.sandbox-id", in.sandboxId());
    all.put("io.kubernetes.cri.sandbox-name", pod.getName());
    all.put("io.kubernetes.cri.sandbox-namespace", pod.getNamespace());
    all.put("io.kubernetes.cri.sandbox-uid", pod.getUid());
    return all;
  }

  private void refuse(ContainerSpecInput in) {
    ContainerConfig cri = in.cri();
    LinuxContainerSecurityContext context = cri.getLinux().getSecurityContext();
    if (cri.hasWindows()) {
      throw new Fault.Unsupported("config.windows: this is Linux");
    }
    if (context.getPrivileged() && !in.pod().getLinux().getSecurityContext().getPrivileged()) {
      throw new Fault.Invalid(
          "config.linux.security_context.privileged: needs a privileged pod sandbox");
    }
    if (in.seccomp() != null && !host.seccomp()) {
      throw new Fault.Unsupported(
          "config.linux.security_context.seccomp: this kernel has no seccomp filters");
    }
    absolute(context.getMaskedPathsList(), "masked_paths");
    absolute(context.getReadonlyPathsList(), "readonly_paths");
  }

  private static void absolute(List<String> paths, String field) {
    for (String path : paths) {
      if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
        throw new Fault.Invalid(
            "config.linux.security_context.%s: \"%s\" is not absolute".formatted(field, path));
      }
    }
  }
}
