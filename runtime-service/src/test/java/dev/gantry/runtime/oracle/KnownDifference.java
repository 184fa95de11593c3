package dev.gantry.runtime.oracle;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A difference to crun that is meant.
 *
 * @param line of {@link Difference}
 */
record KnownDifference(String section, Pattern line, String reason) {
  private static final List<KnownDifference> ALL =
      List.of(
          known(
              "devices",
              "\\+ /dev/core .*",
              "the OCI specification knows no /dev/core, and /proc/kcore is masked anyway"),
          known(
              "mounts",
              "[-+] /sys/fs/cgroup r[ow],.* - tmpfs (tmpfs|cgroup) .*",
              "ours is a directory of hierarchies that is read-only, crun's can be written to"),
          known(
              "mounts",
              "[-+] (/proc/(sys|bus) ro,.* - proc .*|(/proc/acpi|/sys/firmware) ro,.* - tmpfs .*)",
              "ours keep nosuid, nodev and noexec of the mount they cover"),
          known(
              "mounts",
              "[-+] /proc/(kcore|timer_list) r[ow](,.*)? - devtmpfs .*",
              "the node's /dev/null, written to by whom it pleases"),
          known(
              "mounts",
              "[-+] /etc/(hosts|hostname|resolv.conf) r[ow](,nosuid,nodev)? - tmpfs .*",
              "ours keep nosuid, nodev and noexec of what they show, as a writable bind of runc"),
          known(
              "mounts",
              "[-+] /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup2? .*",
              "the name of its source: ours is that of config.json, as runc's"),
          known(
              "mounts",
              "[-+] /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - cgroup2 cgroup2 .*",
              "ours is a bind: mounted anew from the node's cgroup namespace, as by crun, it takes"
                  + " nsdelegate away from the node's own mount"),
          known(
              "mounts",
              "[-+] /dev/shm .* (master )?- tmpfs shm .*",
              "beside a volume that is a slave crun makes everything a slave, ours only what is"),
          known("writes", "- /sys/fs/cgroup/test no", "the same"),
          known("writes", "\\+ /sys/fs/cgroup/test yes", "the same"),
          known(
              "limits-of-cgroup",
              "[-+] devices/devices.list b \\*:\\* m c \\*:\\* m .*",
              "crun allows 5:1, the node's console; ours is a bind of a pty, which is allowed"));

  private static KnownDifference known(String section, String line, String reason) {
    return new KnownDifference(section, Pattern.compile(line), reason);
  }

  /** What is left of a difference without what is known. */
  static String remove(String section, String difference) {
    StringBuilder left = new StringBuilder();
    difference
        .lines()
        .filter(
            line ->
                ALL.stream()
                    .noneMatch(k -> k.section.equals(section) && k.line.matcher(line).matches()))
        .forEach(line -> left.append(line).append('\n'));
    return left.toString();
  }
}
