package dev.gantry.runtime;

import java.nio.file.Path;

/**
 * Where pods and containers lie on disk: the only class that knows. Volatile things (sockets, exit
 * records, specs) are below {@code state}, which a reboot empties; durable ones below {@code root}.
 *
 * @param root such as /var/lib/gantry
 * @param state such as /run/gantry
 * @param netnsDir where network namespaces are pinned, such as /run/netns, seen by ip-netns(8)
 */
public record RuntimeLayout(Path root, Path state, Path netnsDir) {
  /** The shim's socket, log and exit records; the shim holds it open. */
  Path podState(String podId) {
    return state.resolve("pods").resolve(podId);
  }

  /** hosts, hostname and resolv.conf, which the pod's containers share. */
  Path podFiles(String podId) {
    return podState(podId).resolve("files");
  }

  /** Stands for the pod's /dev/shm in specifications; the shim has the real one. */
  Path podShm(String podId) {
    return podState(podId).resolve("shm");
  }

  /** What one container's process was made from: config.json. */
  Path containerState(String podId, String containerId) {
    return podState(podId).resolve("containers").resolve(containerId);
  }

  /** The compiled launch plan, as the shim takes it. */
  Path plan(String podId, String containerId) {
    return containerState(podId, containerId).resolve("plan");
  }

  Path configJson(String podId, String containerId) {
    return containerState(podId, containerId).resolve("config.json");
  }

  /** Checkpoints under way, a directory for each container. They can be large. */
  Path checkpoints() {
    return root.resolve("checkpoints");
  }

  Path netns(String podId) {
    return netnsDir.resolve("gantry-" + podId.substring(0, 16));
  }
}
