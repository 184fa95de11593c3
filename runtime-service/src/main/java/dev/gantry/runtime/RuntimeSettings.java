package dev.gantry.runtime;

import dev.gantry.cri.v1.CgroupDriver;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operator decides about pods and containers.
 *
 * @param gantryVersion a semantic version
 * @param cgroupMount such as /sys/fs/cgroup
 * @param cdiDirs with descriptions of devices, those that count less first
 * @param hooksDirs with files of oci-hooks(5), those that count less first
 * @param refusedMissing at or below which a source of a mount is not made when it is missing
 * @param criu the program that makes checkpoints, a name or a path; empty for none
 * @param selinux whether containers get labels where the kernel has it
 * @param logLineBytes where a container's log cuts a line
 */
public record RuntimeSettings(
    String gantryVersion,
    RuntimeLayout layout,
    Path cgroupMount,
    CgroupDriver cgroupDriver,
    List<Path> cdiDirs,
    List<Path> hooksDirs,
    ImageVolumePolicy imageVolumes,
    List<Path> refusedMissing,
    String criu,
    boolean selinux,
    int logLineBytes) {}
