package dev.gantry.server.config;

import dev.gantry.image.ImageSettings;
import dev.gantry.image.layer.LayerLimits;
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
            doc = "How many layers are fetched at once, over all pulls.",
            initial = "4",
            min = 1,
            max = 32)
        int parallelLayers,
    @Setting(
            doc =
                "Images that the kubelet must not collect: a name, a beginning ended by *, or a word\n"
                    + "between two *.",
            initial = "[]")
        List<String> pinned,
    @Setting(
            doc =
                "The node's credentials, for pulls that bring none: files in the format of docker's\n"
                    + "config.json or containers-auth.json(5). Only auths counts, no helper programs.",
            initial = "[\"/etc/gantry/auth.json\"]")
        List<Path> authFiles,
    @Setting(
            doc =
                "Which images may be pulled, in the format of containers-policy.json(5): types\n"
                    + "insecureAcceptAnything, reject, and sigstoreSigned with public keys. Read for each\n"
                    + "pull; without the file everything is accepted.",
            initial = "\"/etc/gantry/policy.json\"")
        Path policyFile,
    @Setting(
            doc =
                "A layer that unpacks to more MiB than this must not be more than 200 times its\n"
                    + "compressed size: nothing but zeros compresses better. Holes of sparse files do\n"
                    + "not count.",
            initial = "4096",
            min = 1,
            max = 262144)
        int unquestionedLayerMib) {
  /**
   * As the image module wants it.
   *
   * @param root directory of durable state
   */
  public ImageSettings settings(Path root) {
    return ImageSettings.defaults(root.resolve("image"))
        .withHostDirs(certsDirs)
        .withMaxParallelDownloads(parallelLayers)
        .withPinned(pinned)
        .withAuthFiles(authFiles)
        .withPolicyFile(policyFile)
        .withLimits(LayerLimits.DEFAULT.withUnquestioned((long) unquestionedLayerMib << 20));
  }
}
