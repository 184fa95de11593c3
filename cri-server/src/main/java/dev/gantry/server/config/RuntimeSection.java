package dev.gantry.server.config;

import java.nio.file.Path;
import java.util.List;

/** Pods and containers. */
public record RuntimeSection(
    @Setting(
            doc =
                "Who makes the cgroups of pods: \"cgroupfs\", which is gantryd itself, or \"systemd\", over\n"
                    + "D-Bus: for nodes where systemd is the init. The kubelet is told, and takes the same.",
            initial = "\"cgroupfs\"")
        CgroupDriver cgroupDriver,
    @Setting(
            doc =
                "Directories with descriptions of devices (CDI, .json and .yaml). What stands in a later\n"
                    + "one counts more.",
            initial = "[\"/etc/cdi\", \"/var/run/cdi\"]")
        List<Path> cdiDirs,
    @Setting(
            doc = "Where the shim cuts a line of a container's log, in bytes.",
            initial = "16384",
            min = 64,
            max = 1 << 20)
        int logLineBytes) {}
