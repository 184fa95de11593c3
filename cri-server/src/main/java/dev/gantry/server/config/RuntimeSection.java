package dev.gantry.server.config;

import dev.gantry.runtime.ImageVolumePolicy;
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
            doc =
                "Directories with OCI hooks for containers, in the format of oci-hooks(5). A file of a later\n"
                    + "one covers one of the same name. CRI-O's default is /usr/share/containers/oci/hooks.d.",
            initial = "[]")
        List<Path> hooksDirs,
    @Setting(
            doc =
                "What VOLUMEs of images are: \"bind\", directories that can be written to whatever the root\n"
                    + "is; \"mkdir\", directories of the root; \"ignore\", nothing.",
            initial = "\"bind\"")
        ImageVolumePolicy imageVolumes,
    @Setting(
            doc =
                "Paths at or below which a missing source of a mount is refused instead of made, such as\n"
                    + "\"/mnt\", where a directory stands for a disk that is not mounted. \"/\" refuses all.",
            initial = "[]")
        List<Path> refuseMissingHostPaths,
    @Setting(
            doc =
                "The program that makes checkpoints, criu(8), as a name or a path. Empty: none are made.",
            initial = "\"criu\"")
        String criu,
    @Setting(
            doc =
                "Labels for containers and their files where the kernel has SELinux on and its policy knows\n"
                    + "containers. Without it, what asks for labels is refused.",
            initial = "true")
        boolean selinux,
    @Setting(
            doc = "Where the shim cuts a line of a container's log, in bytes.",
            initial = "16384",
            min = 64,
            max = 1 << 20)
        int logLineBytes) {}
