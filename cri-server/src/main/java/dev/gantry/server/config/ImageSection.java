package dev.gantry.server.config;

import java.nio.file.Path;
import java.util.List;

/** Pulling and keeping images. */
public record ImageSection(
    @Setting(
            doc =
                "Directories with HOST/hosts.toml and certificates, in containerd's format.\n"
                    + "The first one that knows a host decides.",
            initial = "[\"/etc/gantry/certs.d\", \"/etc/containerd/certs.d\"]")
        List<Path> certsDirs,
    @Setting(
            doc = "How many layers of one image are fetched at once.",
            initial = "3",
            min = 1,
            max = 32)
        int parallelLayers,
    @Setting(doc = "Images that the kubelet must not collect.", initial = "[]")
        List<String> pinned) {}
