package dev.gantry.runtime.oracle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a container sees of itself, by section. */
final class Probe {
  /** Run by busybox in the container. */
  static final String SCRIPT =
      """
      exec 2>/dev/null
      section() { echo "== $1"; }
      section status
      grep -E '^(Uid|Gid|Groups|Umask|Cap...|NoNewPrivs|Seccomp):' /proc/self/status
      section limits; cat /proc/self/limits
      section environment; env | grep -v '^_=' | sort
      section directory; pwd
      section hostname; hostname
      section descriptors; for f in 0 1 2 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/$$/fd/$f ] && echo $f; done
      section cgroups; cat /proc/self/cgroup
      section mounts
      while read -r id parent dev root point options rest; do echo "$point $options $rest"; done < /proc/self/mountinfo
      section devices; for d in /dev/* /dev/pts/* /dev/in/*; do stat -c '%n %F %t:%T %a %u:%g %N' "$d" 2>/dev/null; done
      section maps; cat /proc/self/uid_map /proc/self/gid_map
      section oom; cat /proc/self/oom_score_adj
      section namespaces; [ $$ = 1 ] && echo own-pid; set -- /proc/[0-9]*; echo $#
      section session; cut -d' ' -f5,6 /proc/self/stat | grep -q '^1 1$' && echo leader
      section hidden
      for f in /proc/kcore /proc/keys /proc/timer_list; do stat -c '%n %t:%T' "$f"; done
      ls -d /proc/acpi /proc/scsi /sys/firmware 2>/dev/null; ls /proc/acpi /sys/firmware 2>/dev/null
      section writes
      for f in /test /proc/sys/net/test /sys/test /dev/shm/test /tmp/test /data/test /data/sub/test /sys/fs/cgroup/test; do
        if touch $f 2>/dev/null; then echo "$f yes"; rm -f $f; else echo "$f no"; fi
      done
      section files; cat /etc/hosts /etc/hostname /etc/resolv.conf 2>/dev/null
      section devices-allowed
      for d in null zero full random urandom fuse; do
        if head -c 0 /dev/$d > /dev/null 2>/dev/null; then echo "$d yes"; else echo "$d no"; fi
      done
      section attributes; cat /proc/self/attr/current 2>/dev/null
      section net; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ls /sys/class/net
      section limits-of-cgroup
      cd /sys/fs/cgroup; for f in memory/memory.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us \
        cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max devices/devices.list; do echo $f $(sort $f 2>/dev/null); done
      section data; cd /; for f in /data /data/*; do stat -c '%n %F %a %u:%g' $f; done 2>/dev/null
      section executes; cp /bin/busybox /data/test-sh 2>/dev/null && /data/test-sh true && echo yes; rm -f /data/test-sh
      section end
      """;

  private Probe() {}

  static Map<String, String> sections(String output) {
    Map<String, StringBuilder> sections = new LinkedHashMap<>();
    StringBuilder current = new StringBuilder();
    for (String line : output.split("\n", -1)) {
      if (line.startsWith("== ")) {
        current = new StringBuilder();
        sections.put(line.substring(3), current);
      } else if (!line.isEmpty()) {
        current.append(line).append('\n');
      }
    }
    Map<String, String> texts = new LinkedHashMap<>();
    sections.forEach((name, text) -> texts.put(name, normal(name, text.toString())));
    return texts;
  }

  /** Takes out what differs between any two containers. */
  private static String normal(String section, String text) {
    return switch (section) {
      case "cgroups", "files" -> text.replaceAll("oracle-(ours|crun)", "oracle");
      case "mounts" -> mounts(text);
      default -> text;
    };
  }

  /**
   * Mount point, options, propagation, type and the options of the file system. Sorted; numbers of
   * peer groups, device sources and directories of the node left out. Mounts that are shared with
   * nobody outside are as good as private: crun makes all of them shared when one volume is.
   */
  private static String mounts(String text) {
    return text
        .lines()
        .map(line -> line.replaceAll("(shared|master|propagate_from):[0-9]+", "$1"))
        .map(line -> line.startsWith("/data") ? line : line.replace(" shared - ", " - "))
        .map(line -> line.replaceAll("(lowerdir|upperdir|workdir)=[^, ]*", "$1"))
        .map(line -> line.replaceAll("oracle-(ours|crun)", "oracle"))
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
