package dev.gantry.image;

import java.util.List;

/**
 * A user as the kernel wants it, ids unsigned 32 bit.
 *
 * @param name the name in /etc/passwd; empty when the image does not know the uid
 * @param supplementaryGroups the groups of /etc/group that list the user
 * @param home {@code /} when unknown
 */
public record ResolvedUser(
    long uid, long gid, String name, List<Long> supplementaryGroups, String home) {
  public ResolvedUser {
    supplementaryGroups = List.copyOf(supplementaryGroups);
  }
}
