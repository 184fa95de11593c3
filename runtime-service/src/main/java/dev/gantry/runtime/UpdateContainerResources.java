package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciSpec;
import dev.gantry.runtime.spec.OciSpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Changes the limits of a container that is created or runs: all that is asked for, or nothing. The
 * record is written when the kernel has taken them.
 */
final class UpdateContainerResources {
  private final RuntimeLayout layout;
  private final OciSpecBuilder specs;
  private final ContainerCgroups cgroups;
  private final ContainerExecutors executors;

  UpdateContainerResources(
      RuntimeLayout layout,
      OciSpecBuilder specs,
      ContainerCgroups cgroups,
      ContainerExecutors executors) {
    this.layout = layout;
    this.specs = specs;
    this.cgroups = cgroups;
    this.executors = executors;
  }

  void run(Container container, LinuxContainerResources asked) {
    switch (container.state()) {
      case ContainerState.Created _, ContainerState.Starting _, ContainerState.Running _ ->
          container.resize(asked, change -> write(container, change));
      case ContainerState.Exited _, ContainerState.Unknown _, ContainerState.Removing _ ->
          throw new Fault.Precondition(
              "update container %s: it is neither created nor running".formatted(container.id()));
    }
  }

  private void write(Container container, ResourceChange change) {
    var identity = container.identity();
    Path file = layout.configJson(identity.podId(), identity.id());
    OciSpec changed = specs.resized(read(file), change.merged());
    String text = OciJson.write(changed);
    cgroups.limit(identity.cgroup(), change.toWrite());
    if (change.toWrite().getOomScoreAdj() != 0) {
      cgroups.oomScore(identity.cgroup(), change.toWrite().getOomScoreAdj());
    }
    executors.of(container).resized(container, changed);
    FileTree.writeWhole(file, text.getBytes(UTF_8));
  }

  private static OciSpec read(Path file) {
    try {
      return OciJson.read(Files.readString(file));
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
