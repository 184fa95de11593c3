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

  UpdateContainerResources(RuntimeLayout layout, OciSpecBuilder specs, ContainerCgroups cgroups) {
    this.layout = layout;
    this.specs = specs;
    this.cgroups = cgroups;
  }

  void run(Container container, LinuxContainerResources asked) {
    switch (container.state()) {
      case ContainerState.Created _, ContainerState.Starting _, ContainerState.Running _ ->
          container.resize(asked, change -> write(container.identity(), change));
      case ContainerState.Exited _, ContainerState.Unknown _, ContainerState.Removing _ ->
          throw new Fault.Precondition(
              "update container %s: it is neither created nor running".formatted(container.id()));
    }
  }

  private void write(Container.Identity container, ResourceChange change) {
    Path file = layout.configJson(container.podId(), container.id());
    String changed = OciJson.write(specs.resized(read(file), change.merged()));
    cgroups.limit(container.cgroup(), change.toWrite());
    if (change.toWrite().getOomScoreAdj() != 0) {
      cgroups.oomScore(container.cgroup(), change.toWrite().getOomScoreAdj());
    }
    FileTree.writeWhole(file, changed.getBytes(UTF_8));
  }

  private static OciSpec read(Path file) {
    try {
      return OciJson.read(Files.readString(file));
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
