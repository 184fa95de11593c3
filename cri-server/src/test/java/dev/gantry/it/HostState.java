package dev.gantry.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
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
  /** What an id and all its shortened forms have. */
  private static final int ID_LENGTH = 12;

  private static final Pattern ID = Pattern.compile("[0-9a-f]{16,64}");

  static HostState of(TestNode node) {
    return new HostState(
        shims(node),
        mounts(node),
        names(node.seen("/run/netns"), name -> name.startsWith("gantry-")),
        Set.copyOf(
            node.onHost("ip", "-o", "link").lines().map(l -> l.split(":", -1)[1].strip()).toList()),
        cgroupsOfPods(node.seen("/sys/fs/cgroup")),
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

  /**
   * Fails when anything is there that was not before, or the other way round, after a while; with
   * what the daemon said of it.
   */
  static void assertNothingLeft(TestNode node, HostState before) {
    Instant deadline = Instant.now().plusSeconds(5);
    HostState now = of(node);
    while (!now.equals(before) && Instant.now().isBefore(deadline)) {
      Pods.pause();
      now = of(node);
    }
    if (!now.equals(before)) {
      throw new AssertionError(now.differenceTo(before, node));
    }
  }

  private String differenceTo(HostState before, TestNode node) {
    Set<String> old = before.lines();
    Set<String> all = lines();
    StringBuilder text = new StringBuilder("not as before:\n");
    old.stream().filter(l -> !all.contains(l)).forEach(l -> text.append("gone: " + l + "\n"));
    Set<String> ids = new TreeSet<>();
    for (String line : all) {
      if (!old.contains(line)) {
        text.append("left: " + line + "\n");
        ID.matcher(line).results().forEach(id -> ids.add(id.group()));
      }
    }
    node.log()
        .lines()
        .filter(line -> ids.stream().anyMatch(id -> line.contains(id.substring(0, ID_LENGTH))))
        .forEach(line -> text.append("log: " + line + "\n"));
    return text.toString();
  }

  private Set<String> lines() {
    Set<String> lines = new TreeSet<>();
    shims.forEach(l -> lines.add("shim " + l));
    mounts.forEach(l -> lines.add("mount " + l));
    netns.forEach(l -> lines.add("netns " + l));
    links.forEach(l -> lines.add("link " + l));
    cgroups.forEach(l -> lines.add("cgroup " + l));
    directories.forEach(l -> lines.add("directory " + l));
    rules.lines().forEach(l -> lines.add("rule " + l.strip()));
    return lines;
  }

  /** The state of a node without any pod. */
  static HostState empty(TestNode node) {
    Instant deadline = Instant.now().plusSeconds(5);
    HostState now = of(node);
    // A stopped pod's rules go a moment after the answer.
    while (!(now.shims.isEmpty() && ID.matcher(now.rules).results().findAny().isEmpty())
        && Instant.now().isBefore(deadline)) {
      Pods.pause();
      now = of(node);
    }
    return now;
  }

  private static Set<String> mounts(TestNode node) {
    try {
      return Files.readAllLines(node.mountinfo()).stream()
          .filter(l -> l.contains("gantry") || l.contains(node.dir().toString()))
          .filter(l -> !l.contains(node.netns()))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> cgroupsOfPods(Path root) {
    Set<String> found = new TreeSet<>();
    for (String hierarchy : names(root, _ -> true)) {
      Path ours = root.resolve(hierarchy).resolve("gantry");
      names(ours, name -> Files.isDirectory(ours.resolve(name)))
          .forEach(name -> found.add(hierarchy + "/" + name));
    }
    names(root.resolve("gantry"), n -> !n.contains(".")).forEach(found::add);
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
