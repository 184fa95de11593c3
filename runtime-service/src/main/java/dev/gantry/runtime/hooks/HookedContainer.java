package dev.gantry.runtime.hooks;

import java.util.Map;

/**
 * What decides whether a hook is for a container.
 *
 * @param annotations of the pod and of the container
 * @param command the program's path or name
 * @param hasBindMounts whether CRI asks for a path of the node
 */
public record HookedContainer(
    Map<String, String> annotations, String command, boolean hasBindMounts) {
  public HookedContainer {
    annotations = Map.copyOf(annotations);
  }
}
