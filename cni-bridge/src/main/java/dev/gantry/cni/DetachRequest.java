package dev.gantry.cni;

import dev.gantry.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * An attachment to be undone.
 *
 * @param netnsPath where its namespace is, or was, pinned; null when that isn't known any more
 * @param netlink an rtnetlink socket made inside it, owned by the caller, or null
 */
public record DetachRequest(String containerId, @Nullable String netnsPath, @Nullable Fd netlink) {

  public DetachRequest {
    AttachmentRequest.checkId(containerId);
  }
}
