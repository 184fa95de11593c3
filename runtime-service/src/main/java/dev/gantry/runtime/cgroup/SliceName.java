package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;
import java.util.regex.Pattern;

/**
 * A slice of systemd (systemd.slice(5)): its name spells out where it is, so that {@code a-b.slice}
 * lies in {@code a.slice}.
 */
record SliceName(String name) {
  static final String ROOT = "-.slice";
  private static final String SUFFIX = ".slice";
  private static final Pattern NAME = Pattern.compile("[\\w:.\\\\]+(-[\\w:.\\\\]+)*\\.slice");
  private static final int NAME_MAX = 255;

  SliceName {
    if (!name.equals(ROOT) && (!NAME.matcher(name).matches() || name.length() > NAME_MAX)) {
      throw new Fault.Invalid(
          "config.linux.cgroup_parent: \"%s\" is no slice of systemd, and this runtime's cgroup_driver is systemd"
              .formatted(shown(name)));
    }
  }

  /** The last name of a path counts: it says all that stands before it. */
  static SliceName of(String requested) {
    return new SliceName(requested.substring(requested.lastIndexOf('/') + 1));
  }

  /** Where its cgroup is; empty for the root. */
  String path() {
    if (name.equals(ROOT)) {
      return "";
    }
    StringBuilder path = new StringBuilder();
    String stem = name.substring(0, name.length() - SUFFIX.length());
    for (int dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
      path.append('/').append(stem, 0, dash).append(SUFFIX);
    }
    return path.append('/').append(name).toString();
  }

  static String shown(String name) {
    return name.replaceAll("\\p{Cntrl}", "?");
  }
}
