package dev.gantry.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a pod could leave behind on the host: everything that is to be equal before and after. The
 * bridge itself and the base rules stay by design, so they count from the first pod on.
 */
record HostState(
    Set<String> shims,
    Set<String> mounts,
    Set<String> netns,
    Set<String> links,
    Set<String> cgroups,
    String rules,
    Set<String> directories) {

  static HostState of(TestNode node) {
    return new HostState(
        shims(node),
        mounts(node),
        names(Path.of("/run/netns"), name -> name.startsWith("gantry-")),
        Set.copyOf(
            node.onHost("ip", "-o", "link").lines().map(l -> l.split(":", -1)[1].strip()).toList()),
        cgroupsOfPods(),
        node.onHost("nft", "list", "ruleset").replaceAll("counter packets \\d+ bytes \\d+", ""),
        directories(node));
  }

  /** Those that hold a state directory of this node open, as descriptor 4. */
  private static Set<String> shims(TestNode node) {
    return ProcessHandle.allProcesses()
        .filter(p -> stateDirectory(p).startsWith(node.state().toString()))
        .map(p -> Long.toString(p.pid()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String stateDirectory(ProcessHandle process) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/fd/4")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** What is there once it is what it should be, or what it still is after a while. */
  static HostState settled(TestNode node, HostState expected) {
    Instant deadline = Instant.now().plusSeconds(5);
    while (true) {
      HostState now = of(node);
      if (now.equals(expected) || Instant.now().isAfter(deadline)) {
        return now;
      }
      Pods.pause();
    }
  }

  /** The state of a node without any pod. */
  static HostState empty(TestNode node) {
    Instant deadline = Instant.now().plusSeconds(5);
    while (!shims(node).isEmpty() && Instant.now().isBefore(deadline)) {
      Pods.pause();
    }
    return of(node);
  }

  private static Set<String> mounts(TestNode node) {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .filter(l -> l.contains("gantry") || l.contains(node.dir().toString()))
          .filter(l -> !l.contains(node.netns()))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> cgroupsOfPods() {
    Set<String> found = new TreeSet<>();
    for (String hierarchy : names(Path.of("/sys/fs/cgroup"), _ -> true)) {
      Path ours = Path.of("/sys/fs/cgroup", hierarchy, "gantry");
      names(ours, name -> Files.isDirectory(ours.resolve(name)))
          .forEach(name -> found.add(hierarchy + "/" + name));
    }
    names(Path.of("/sys/fs/cgroup/gantry"), n -> !n.contains(".")).forEach(found::add);
    return found;
  }

  private static Set<String> directories(TestNode node) {
    Set<String> found = new TreeSet<>();
    names(node.state().resolve("pods"), _ -> true).forEach(n -> found.add("state/pods/" + n));
    for (String part : names(node.root(), _ -> true)) {
      if (!part.startsWith("state.db") && !part.startsWith("gantry.db") && !part.equals("lock")) {
        names(node.root().resolve(part), _ -> true).forEach(n -> found.add(part + "/" + n));
      }
    }
    return found;
  }

  private static Set<String> names(Path dir, java.util.function.Predicate<String> wanted) {
    if (!Files.isDirectory(dir)) {
      return Set.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries
          .map(p -> String.valueOf(p.getFileName()))
          .filter(wanted)
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
