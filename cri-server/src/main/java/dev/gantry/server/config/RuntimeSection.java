package dev.gantry.server.config;

/** Pods and containers. */
public record RuntimeSection(
    @Setting(
            doc =
                "Who makes cgroups: \"cgroupfs\", which is gantryd itself. The kubelet is told; its\n"
                    + "cgroupDriver must be the same.",
            initial = "\"cgroupfs\"")
        CgroupDriver cgroupDriver,
    @Setting(
            doc = "Where the shim cuts a line of a container's log, in bytes.",
            initial = "16384",
            min = 64,
            max = 1 << 20)
        int logLineBytes) {}
