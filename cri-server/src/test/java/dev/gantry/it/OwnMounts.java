package dev.gantry.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A mount namespace for a node's daemons, one after the other, and for its pods: nobody else sees
 * their mounts and pins of network namespaces, and {@code /sys/fs/cgroup} shows a part of the
 * machine's tree. So a test can tell what its node has left, whatever else the machine does, and
 * close() removes it all.
 */
final class OwnMounts implements AutoCloseable {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final String READY = "ready";

  /** What is below $1 in each hierarchy becomes the hierarchy's root. */
  private static final String SETUP =
      """
      set -e
      # Copies of others' mounts, which go when theirs go.
      awk '$5 ~ /gantry|^\\/run\\/netns/ {print $5}' /proc/self/mountinfo | tac | xargs -r umount -l
      mount -t tmpfs -o mode=755 none /run/netns
      cd /sys/fs/cgroup
      if [ -e cgroup.controllers ]; then
        for c in $(cat cgroup.controllers); do echo "+$c" >cgroup.subtree_control || true; done
        mkdir "$1"
        mount --bind "$1" /sys/fs/cgroup
      else
        for h in *; do
          if [ "$h" = unified ] || [ -L "$h" ] || ! [ -e "$h/cgroup.procs" ]; then continue; fi
          mkdir "$h/$1"
          for f in cpuset.cpus cpuset.mems; do
            if [ -e "$h/$f" ]; then cat "$h/$f" >"$h/$1/$f"; fi
          done
          mount --bind "$h/$1" "/sys/fs/cgroup/$h"
        done
      fi
      echo ready
      exec sleep infinity
      """;

  private final String cgroup;
  private final Process holder;

  /**
   * @param name not in use as a cgroup at the top
   */
  OwnMounts(String name) throws IOException {
    cgroup = name;
    Files.createDirectories(Path.of("/run/netns"));
    holder =
        new ProcessBuilder(
                "unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh", name)
            .redirectErrorStream(true)
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder all = new StringBuilder();
    for (String line = said.readLine(); !READY.equals(line); line = said.readLine()) {
      if (line == null) {
        close();
        throw new IllegalStateException("mounts of " + name + ": " + all);
      }
      all.append(line).append('\n');
    }
  }

  /** To be put before a command that is to run with these mounts. */
  String option() {
    return "--mount=/proc/" + holder.pid() + "/ns/mnt";
  }

  /** A file as it is seen there. */
  Path seen(Path absolute) {
    return Path.of("/proc", Long.toString(holder.pid()), "root")
        .resolve(absolute.toString().substring(1));
  }

  /** Mounts an empty file system of this size. */
  void disk(Path directory, int mebibytes) {
    Commands.run(
        "nsenter",
        option(),
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=%dm".formatted(mebibytes),
        "none",
        directory.toString());
  }

  /** The mounts that are there. */
  Path mountinfo() {
    return Path.of("/proc", Long.toString(holder.pid()), "mountinfo");
  }

  @Override
  public void close() {
    holder.destroyForcibly().onExit().join();
    List<Path> tops = new ArrayList<>(List.of(CGROUPS.resolve(cgroup)));
    try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
      hierarchies.forEach(h -> tops.add(h.resolve(cgroup)));
      for (Path top : tops) {
        remove(top);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void remove(Path top) throws IOException {
    if (!Files.isDirectory(top)) {
      return;
    }
    try (Stream<Path> below = Files.walk(top)) {
      for (Path each :
          below.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        for (String pid : Files.readAllLines(each.resolve("cgroup.procs"))) {
          Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid));
          process.ifPresent(ProcessHandle::destroyForcibly);
          process.ifPresent(p -> p.onExit().join());
        }
        Files.delete(each);
      }
    }
  }
}
