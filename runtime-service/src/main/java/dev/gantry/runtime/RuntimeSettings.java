package dev.gantry.runtime;

import dev.gantry.cri.v1.CgroupDriver;
import java.nio.file.Path;

/**
 * What the operator decides about pods and containers.
 *
 * @param gantryVersion a semantic version
 * @param cgroupMount such as /sys/fs/cgroup
 * @param logLineBytes where a container's log cuts a line
 */
public record RuntimeSettings(
    String gantryVersion,
    RuntimeLayout layout,
    Path cgroupMount,
    CgroupDriver cgroupDriver,
    int logLineBytes) {}
