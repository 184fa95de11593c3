package dev.gantry.cni.plugin;

import dev.gantry.linux.Fd;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a chain of plugins works on: one interface of one container.
 *
 * @param containerId empty for commands that concern the network as a whole
 * @param netnsPath where the container's network namespace is pinned; empty when it is gone
 * @param ifName the interface's name in there
 * @param args {@code CNI_ARGS}
 * @param netlink an rtnetlink socket made in that namespace, or null
 * @param sysctls settings within that namespace
 */
public record Invocation(
    String containerId,
    String netnsPath,
    String ifName,
    Map<String, String> args,
    @Nullable Fd netlink,
    PodSysctls sysctls) {

  public Invocation {
    args = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(args));
  }

  /** For STATUS, GC and VERSION. */
  public static Invocation ofNetwork() {
    return new Invocation("", "", "", Map.of(), null, PodSysctls.NONE);
  }

  /** Names the attachment in tables and aliases. */
  public String owner() {
    return containerId + "/" + ifName;
  }
}
