package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a container's {@code config.json} is made from.
 *
 * @param sandboxId for the annotations that tools look for
 * @param rootfs the mount point of the container's root
 * @param files host paths of what the pod's containers share
 * @param cgroupsPath relative to each hierarchy's root
 * @param targetPid with PID mode TARGET: path of the target's PID namespace
 * @param imageMounts by CRI mount index: where the image's content is
 * @param selinuxLevel of the pod; empty without SELinux
 * @param seccomp the filter, chosen and loaded before; null for none
 */
public record ContainerSpecInput(
    String containerId,
    String sandboxId,
    ContainerConfig cri,
    PodSandboxConfig pod,
    ImageFacts image,
    ResolvedUser user,
    String rootfs,
    Files files,
    String cgroupsPath,
    PodNamespaces namespaces,
    @Nullable String targetPid,
    Map<Integer, ImageSource> imageMounts,
    @Nullable OciSeccomp seccomp,
    List<OciMount> extraMounts,
    String selinuxLevel) {
  public ContainerSpecInput {
    imageMounts = Map.copyOf(imageMounts);
    extraMounts = List.copyOf(extraMounts);
  }

  /**
   * @param shm a directory with the pod's /dev/shm, or /dev/shm itself with the node's IPC
   */
  public record Files(String hosts, String hostname, String resolvConf, String shm) {}
}
