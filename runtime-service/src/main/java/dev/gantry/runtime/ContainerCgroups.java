package dev.gantry.runtime;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.cgroup.DeviceRule;
import dev.gantry.runtime.cgroup.Freezer;
import dev.gantry.runtime.spec.OciResources;
import dev.gantry.runtime.spec.OciSpec;
import dev.gantry.stage.Stage;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes and removes the cgroups of containers. */
final class ContainerCgroups {
  private final CgroupTree tree;

  ContainerCgroups(CgroupTree tree) {
    this.tree = tree;
  }

  void create(String path, LinuxContainerResources limits) {
    Stage.of("cgroup.create").run(() -> make(path, limits));
  }

  private void make(String path, LinuxContainerResources limits) {
    tree.create(path);
    tree.apply(path, limits);
  }

  /** Lets it use the devices of the specification and no others. */
  void devices(String path, OciSpec spec) {
    OciResources resources = spec.linux().resources();
    if (resources != null) {
      tree.devices(path, resources.devices().stream().map(ContainerCgroups::rule).toList());
    }
  }

  /** Changes limits, all or none. */
  void limit(String path, LinuxContainerResources limits) {
    tree.apply(path, limits);
  }

  /** Of all processes that are there. */
  void oomScore(String path, long score) {
    OomScores.set(Path.of(tree.directories(path).getFirst()), score);
  }

  private static DeviceRule rule(OciResources.DeviceRule rule) {
    String type = rule.type();
    String access = rule.access();
    return new DeviceRule(
        rule.allow(),
        type == null ? 'a' : type.charAt(0),
        number(rule.major()),
        number(rule.minor()),
        access == null ? "rwm" : access);
  }

  private static long number(@Nullable Long value) {
    return value == null ? -1 : value;
  }

  List<String> directories(String path) {
    return tree.directories(path);
  }

  int version() {
    return tree.version();
  }

  Freezer freezer(String path) {
    return tree.freezer(path);
  }

  /** Ends all processes; the cgroup stays until {@link #remove}. */
  void kill(String path) {
    tree.kill(path);
  }

  void remove(String path) {
    Stage.of("cgroup.remove").run(() -> tree.remove(path));
  }
}
