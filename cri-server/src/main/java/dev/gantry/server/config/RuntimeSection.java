package dev.gantry.server.config;

/** Pods and containers. */
public record RuntimeSection(
    @Setting(
            doc =
                "Who makes cgroups: \"cgroupfs\" (gantryd itself), \"systemd\", or \"auto\": systemd\n"
                    + "where it is the init system. The kubelet is told.",
            initial = "\"auto\"")
        CgroupDriver cgroupDriver,
    @Setting(
            doc = "Where the shim cuts a line of a container's log, in bytes.",
            initial = "16384",
            min = 64,
            max = 1 << 20)
        int logLineBytes) {}
