package dev.gantry.runtime;

import dev.gantry.cri.v1.CDIDevice;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.runtime.cdi.CdiDevices;
import dev.gantry.runtime.hooks.HookDirectories;
import dev.gantry.runtime.hooks.HookedContainer;
import dev.gantry.runtime.spec.OciSpec;
import java.util.HashMap;
import java.util.Map;

/** What files of the node add to a container beyond what CRI says: CDI devices, then hooks. */
final class NodeAdditions {
  private final CdiDevices cdi;
  private final HookDirectories hooks;

  NodeAdditions(CdiDevices cdi, HookDirectories hooks) {
    this.cdi = cdi;
    this.hooks = hooks;
  }

  OciSpec to(OciSpec spec, Pod pod, ContainerConfig config) {
    OciSpec withDevices =
        cdi.inject(
            spec,
            config.getCDIDevicesList().stream().map(CDIDevice::getName).toList(),
            config.getAnnotationsMap());
    Map<String, String> annotations = new HashMap<>(pod.identity().config().getAnnotationsMap());
    annotations.putAll(spec.annotations());
    return hooks.inject(
        withDevices,
        new HookedContainer(
            annotations,
            spec.process().args().getFirst(),
            config.getMountsList().stream().anyMatch(mount -> !mount.getHostPath().isEmpty())));
  }
}
