package dev.gantry.server.config;

/** Pods and containers. */
public record RuntimeSection(
    @Setting(
            doc =
                "Who makes the cgroups of pods: \"cgroupfs\", which is gantryd itself, or \"systemd\", over\n"
                    + "D-Bus: for nodes where systemd is the init. The kubelet is told, and takes the same.",
            initial = "\"cgroupfs\"")
        CgroupDriver cgroupDriver,
    @Setting(
            doc = "Where the shim cuts a line of a container's log, in bytes.",
            initial = "16384",
            min = 64,
            max = 1 << 20)
        int logLineBytes) {}
