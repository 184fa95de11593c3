package dev.gantry.runtime.cdi;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.HostFiles;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciLinux;
import dev.gantry.runtime.spec.OciMount;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciResources;
import dev.gantry.runtime.spec.OciSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Adds to a container what the CDI devices need that it asks for. */
public final class CdiDevices {
  private final CdiDirectories directories;
  private final HostFiles files;

  public CdiDevices(CdiDirectories directories, HostFiles files) {
    this.directories = directories;
    this.files = files;
  }

  /**
   * @param names of the field CDI_devices
   * @param annotations among others those of CDI, {@code cdi.k8s.io/...}
   * @throws Fault.Invalid when a device is not there
   */
  public OciSpec inject(OciSpec spec, List<String> names, Map<String, String> annotations) {
    List<DeviceName> devices = DeviceName.of(names, annotations);
    OciSpec changed = spec;
    for (CdiSpec.Edits edits : directories.edits(devices)) {
      if (edits.intelRdt() != null || edits.netDevices() != null) {
        throw new Fault.Unsupported("config.CDI_devices: intelRdt or netDevices");
      }
      changed = withProcess(changed, edits);
      changed = withNodes(changed, edits.deviceNodes());
      changed = withMounts(changed, edits.mounts());
      changed = withHooks(changed, edits.hooks());
    }
    return changed;
  }

  private static OciSpec withProcess(OciSpec spec, CdiSpec.Edits edits) {
    Map<String, String> env = new LinkedHashMap<>();
    for (List<String> source : List.of(spec.process().env(), edits.env())) {
      source.forEach(one -> env.put(one.substring(0, one.indexOf('=') + 1), one));
    }
    OciProcess.User user = spec.process().user();
    Set<Long> groups = new LinkedHashSet<>(user.additionalGids());
    edits.additionalGids().stream().filter(gid -> gid != 0).forEach(groups::add);
    return spec.withProcess(
        spec.process()
            .withEnv(List.copyOf(env.values()))
            .withUser(
                new OciProcess.User(user.uid(), user.gid(), user.umask(), List.copyOf(groups))));
  }

  private OciSpec withNodes(OciSpec spec, List<CdiSpec.DeviceNode> nodes) {
    if (nodes.isEmpty()) {
      return spec;
    }
    List<OciLinux.Device> devices = new ArrayList<>(spec.linux().devices());
    OciResources old = Objects.requireNonNull(spec.linux().resources());
    List<OciResources.DeviceRule> rules = new ArrayList<>(old.devices());
    for (CdiSpec.DeviceNode node : nodes) {
      OciLinux.Device device = device(node, spec.process().user());
      devices.removeIf(d -> d.path().equals(device.path()));
      devices.add(device);
      String access = node.permissions() == null ? "rwm" : node.permissions();
      if (!access.equals("none")) {
        rules.add(
            new OciResources.DeviceRule(
                true, device.type(), device.major(), device.minor(), access));
      }
    }
    return spec.withLinux(spec.linux().withDevices(devices, old.withDevices(rules)));
  }

  private OciLinux.Device device(CdiSpec.DeviceNode node, OciProcess.User user) {
    String source = node.hostPath() == null ? node.path() : node.hostPath();
    boolean complete = node.type() != null && node.major() != null && node.minor() != null;
    OciLinux.Device host =
        complete
            ? new OciLinux.Device(
                Objects.requireNonNull(node.type()),
                node.path(),
                Objects.requireNonNull(node.major()),
                Objects.requireNonNull(node.minor()),
                null,
                null,
                null)
            : onHost(source);
    return new OciLinux.Device(
        host.type(),
        node.path(),
        host.major(),
        host.minor(),
        node.fileMode() == null ? host.fileMode() : node.fileMode(),
        node.uid() != null ? node.uid() : user.uid() > 0 ? Long.valueOf(user.uid()) : host.uid(),
        node.gid() != null ? node.gid() : user.gid() > 0 ? Long.valueOf(user.gid()) : host.gid());
  }

  private OciLinux.Device onHost(String path) {
    List<HostFiles.Node> found = files.devices(path);
    if (found.size() != 1) {
      throw new Fault.Invalid("config.CDI_devices: %s is no device of this node".formatted(path));
    }
    HostFiles.Node one = found.getFirst();
    return new OciLinux.Device(
        one.type(), path, one.major(), one.minor(), one.mode(), one.uid(), one.gid());
  }

  private static OciSpec withMounts(OciSpec spec, List<CdiSpec.HostMount> mounts) {
    if (mounts.isEmpty()) {
      return spec;
    }
    List<OciMount> all = new ArrayList<>(spec.mounts());
    for (CdiSpec.HostMount mount : mounts) {
      List<String> options = new ArrayList<>(mount.options() == null ? List.of() : mount.options());
      boolean bind = mount.type() == null || mount.type().equals("bind");
      if (bind && !options.contains("bind") && !options.contains("rbind")) {
        options.add("rbind");
      }
      all.removeIf(m -> m.destination().equals(mount.containerPath()));
      all.add(
          new OciMount(
              mount.containerPath(),
              mount.type() == null ? "bind" : mount.type(),
              mount.hostPath(),
              options));
    }
    // Stable: what the OCI specification wants in every container stays in front.
    all.sort(Comparator.comparingInt(m -> Path.of(m.destination()).getNameCount()));
    return spec.withMounts(all);
  }

  private static List<String> list(@Nullable List<String> value) {
    return value == null ? List.of() : value;
  }

  private static OciSpec withHooks(OciSpec spec, List<CdiSpec.Hook> hooks) {
    OciHooks all = spec.hooks() == null ? OciHooks.NONE : spec.hooks();
    for (CdiSpec.Hook hook : hooks) {
      var one =
          List.of(
              new OciHooks.Hook(hook.path(), list(hook.args()), list(hook.env()), hook.timeout()));
      List<OciHooks.Hook> none = List.of();
      all =
          all.and(
              switch (hook.hookName()) {
                case "prestart" -> new OciHooks(one, none, none, none, none, none);
                case "createRuntime" -> new OciHooks(none, one, none, none, none, none);
                case "createContainer" -> new OciHooks(none, none, one, none, none, none);
                case "startContainer" -> new OciHooks(none, none, none, one, none, none);
                case "poststart" -> new OciHooks(none, none, none, none, one, none);
                case "poststop" -> new OciHooks(none, none, none, none, none, one);
                default ->
                    throw new Fault.Invalid(
                        "config.CDI_devices: hook \"%s\" is none".formatted(hook.hookName()));
              });
    }
    return hooks.isEmpty() ? spec : spec.withHooks(all);
  }
}
