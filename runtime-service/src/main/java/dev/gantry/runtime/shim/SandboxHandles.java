package dev.gantry.runtime.shim;

import dev.gantry.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * What a sandbox plan has made. Closing it gives up the descriptors; the shim keeps its own.
 *
 * @param pausePid the process that holds the pod's PID namespace, 0 when there is none
 * @param netns the pod's network namespace; null for the host's
 * @param netlink an rtnetlink socket in it; null likewise
 */
public record SandboxHandles(int pausePid, @Nullable Fd netns, @Nullable Fd netlink)
    implements AutoCloseable {
  @Override
  public void close() {
    if (netns != null) {
      netns.close();
    }
    if (netlink != null) {
      netlink.close();
    }
  }
}
