package dev.gantry.runtime.plan;

import dev.gantry.runtime.seccomp.SeccompCompiler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a plan needs beside the specification: where things really are on this node.
 *
 * @param bundle what hooks are told
 * @param volumes directories of the image that are volumes
 * @param cgroupVersion 1 or 2
 * @param cgroupDirectories of the container: one for each hierarchy on version 1, else one
 * @param oomEvents the file with the {@code oom_kill} line
 * @param shmSource the source that stands for the pod's /dev/shm in the specification
 * @param pausePid the process that holds the pod's PID namespace, 0 without one
 * @param openStdin whether stdin is kept for attach
 * @param logLineBytes where the log cuts a line
 * @param seccomp the compiled filter; null for none
 */
public record LaunchContext(
    Bundle bundle,
    Overlay rootfs,
    Volumes volumes,
    int cgroupVersion,
    List<String> cgroupDirectories,
    String oomEvents,
    String shmSource,
    int pausePid,
    boolean openStdin,
    int logLineBytes,
    SeccompCompiler.@Nullable Program seccomp) {
  /** The directory with a container's config.json. */
  public record Bundle(String containerId, String directory) {}

  /** The layers of the root, top first, and where they are mounted. */
  public record Overlay(String mountpoint, String upper, String work, List<String> lower) {
    public Overlay {
      lower = List.copyOf(lower);
    }

    /** The same mounted elsewhere. */
    Overlay at(String other) {
      return new Overlay(other, upper, work, lower);
    }

    List<String> arguments() {
      List<String> all = new ArrayList<>(List.of(mountpoint, upper, work));
      all.addAll(lower);
      return all;
    }
  }

  /**
   * An image's VOLUMEs, which lie in the writable layer: removed with the container.
   *
   * @param writable also when the root is read-only
   */
  public record Volumes(List<String> paths, boolean writable) {
    public static final Volumes NONE = new Volumes(List.of(), false);

    public Volumes {
      paths = List.copyOf(paths);
    }

    void add(Plan.Builder plan) {
      for (String path : paths) {
        if (writable) {
          plan.add("volume", path);
        } else {
          plan.add("mkdir", path, "755", "0", "0");
        }
      }
    }
  }

  public LaunchContext {
    cgroupDirectories = List.copyOf(cgroupDirectories);
  }
}
