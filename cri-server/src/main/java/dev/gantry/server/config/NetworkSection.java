package dev.gantry.server.config;

import java.nio.file.Path;
import java.util.List;

/** Networks of pods. */
public record NetworkSection(
    @Setting(
            doc = "Directory of CNI configurations; the first by name is used.",
            initial = "\"/etc/cni/net.d\"")
        Path cniConfDir,
    @Setting(doc = "Directories of CNI plugins.", initial = "[\"/opt/cni/bin\", \"/usr/lib/cni\"]")
        List<Path> cniBinDirs,
    @Setting(
            doc = "Serve pods by the built-in bridge while there is no CNI configuration.",
            initial = "true")
        boolean builtin,
    @Setting(doc = "Name of the built-in bridge.", initial = "\"gantry0\"") String bridge,
    @Setting(
            doc = "Addresses of the built-in bridge; the first one is the bridge's own.",
            initial = "\"10.88.0.0/16\"")
        String subnet) {}
