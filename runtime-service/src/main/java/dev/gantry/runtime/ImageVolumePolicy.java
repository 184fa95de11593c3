package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.plan.LaunchContext;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the VOLUMEs of an image mean. */
public enum ImageVolumePolicy {
  /** Directories with the image's content that can be written to whatever the root is. */
  BIND,
  /** Directories of the root. */
  MKDIR,
  /** Nothing. */
  IGNORE;

  /** A path that CRI mounts something at, or above, is CRI's; outer ones come first. */
  LaunchContext.Volumes of(Collection<String> declared, ContainerConfig config) {
    if (this == IGNORE) {
      return LaunchContext.Volumes.NONE;
    }
    Set<Path> mounted =
        config.getMountsList().stream()
            .map(Mount::getContainerPath)
            .map(path -> Path.of(path).normalize())
            .collect(Collectors.toSet());
    List<String> paths =
        declared.stream()
            .map(ImageVolumePolicy::path)
            .distinct()
            .filter(path -> mounted.stream().noneMatch(path::startsWith))
            .sorted(Comparator.comparingInt(Path::getNameCount).thenComparing(p -> p))
            .map(Path::toString)
            .toList();
    return new LaunchContext.Volumes(paths, this == BIND);
  }

  private static Path path(String declared) {
    Path path = Path.of("/").resolve(declared).normalize();
    if (path.getNameCount() == 0 || declared.indexOf('\0') >= 0) {
      throw new Fault.Invalid("image: VOLUME \"%s\" is no path of its own".formatted(declared));
    }
    return path;
  }
}
