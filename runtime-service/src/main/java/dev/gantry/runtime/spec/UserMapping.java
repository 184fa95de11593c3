package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.OciLinux.IdMapping;
import java.util.List;
import java.util.stream.Collectors;

/** The ids of a pod with a user namespace (user_namespaces(7)); none without one. */
public record UserMapping(List<IdMapping> uids, List<IdMapping> gids) {
  public static final UserMapping NONE = new UserMapping(List.of(), List.of());

  private static final String FIELD =
      "config.linux.security_context.namespace_options.userns_options";

  public UserMapping {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /**
   * The rules of CRI (KEP-127): POD or NODE; POD with exactly one range each of uids and gids,
   * which begins with 0.
   */
  public static UserMapping of(NamespaceOption options) {
    if (!options.hasUsernsOptions()) {
      return NONE;
    }
    UserNamespace user = options.getUsernsOptions();
    return switch (user.getMode()) {
      case NODE -> {
        if (user.getUidsCount() > 0 || user.getGidsCount() > 0) {
          throw new Fault.Invalid(FIELD + ": NODE takes no mappings");
        }
        yield NONE;
      }
      case POD -> new UserMapping(one(user.getUidsList(), "uids"), one(user.getGidsList(), "gids"));
      case CONTAINER, TARGET, UNRECOGNIZED ->
          throw new Fault.Invalid(FIELD + ".mode: only POD and NODE");
    };
  }

  private static List<IdMapping> one(List<IDMapping> mappings, String field) {
    if (mappings.size() != 1) {
      throw new Fault.Invalid("%s.%s: POD takes exactly one mapping".formatted(FIELD, field));
    }
    IdMapping only = oci(mappings).getFirst();
    if (only.containerID() != 0) {
      throw new Fault.Invalid("%s.%s.container_id: must be 0".formatted(FIELD, field));
    }
    if (only.size() == 0 || only.hostID() + only.size() > 0xffff_ffffL) {
      throw new Fault.Invalid("%s.%s.length: no range of ids".formatted(FIELD, field));
    }
    return List.of(only);
  }

  private static List<IdMapping> oci(List<IDMapping> mappings) {
    return mappings.stream()
        .map(
            m ->
                new IdMapping(
                    Integer.toUnsignedLong(m.getContainerId()),
                    Integer.toUnsignedLong(m.getHostId()),
                    Integer.toUnsignedLong(m.getLength())))
        .toList();
  }

  /** Whether these are the same ranges. */
  boolean matches(List<IDMapping> otherUids, List<IDMapping> otherGids) {
    return oci(otherUids).equals(uids) && oci(otherGids).equals(gids);
  }

  public boolean isNone() {
    return uids.isEmpty();
  }

  /** The largest gid inside. */
  public long lastGid() {
    return gids.getFirst().size() - 1;
  }

  /** {@code INSIDE:OUTSIDE:COUNT} as plans have it. */
  public String uidMap() {
    return text(uids);
  }

  public String gidMap() {
    return text(gids);
  }

  private static String text(List<IdMapping> mappings) {
    return mappings.stream()
        .map(m -> "%d:%d:%d".formatted(m.containerID(), m.hostID(), m.size()))
        .collect(Collectors.joining(","));
  }
}
