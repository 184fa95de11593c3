package dev.gantry.image;

import dev.gantry.image.archive.ArchiveReader;
import dev.gantry.image.archive.ArchivedImage;
import dev.gantry.image.manifest.PlatformChoice;
import dev.gantry.image.store.ImageDirs;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Takes images out of an archive: what {@code docker save} writes, or an OCI image layout. */
public final class LoadImages {
  private final ImageDirs dirs;
  private final BringImage bring;
  private final SignatureCheck policy;
  private final PlatformChoice platforms;
  private final AtomicLong spools = new AtomicLong();

  LoadImages(ImageDirs dirs, BringImage bring, SignatureCheck policy, PlatformChoice platforms) {
    this.dirs = dirs;
    this.bring = bring;
    this.policy = policy;
    this.platforms = platforms;
  }

  /**
   * Loads all images of an archive that run here.
   *
   * @param path a file, a pipe or a directory
   * @param name for the only image in it, instead of those it has there; empty for these
   * @throws Fault.Invalid when it is no such archive, or harmful
   * @throws Fault.Precondition when the policy refuses one of them; then none is loaded
   */
  public List<Image> run(Path path, String name) throws InterruptedException {
    Path spool = dirs.staging().resolve("load-" + spools.incrementAndGet());
    try (ArchiveReader archive = ArchiveReader.open(path, spool, platforms)) {
      List<ArchivedImage> all = archive.images();
      if (!name.isEmpty() && all.size() != 1) {
        throw new Fault.Invalid("load %s: a name for %d images".formatted(path, all.size()));
      }
      for (ArchivedImage image : all) {
        policy.run("load " + path, archive.origin(image));
      }
      List<Image> loaded = new ArrayList<>();
      for (ArchivedImage image : all) {
        List<String> wanted = name.isEmpty() ? image.names() : List.of(name);
        BringImage.Parts parts =
            new BringImage.Parts(
                "load " + path,
                image.config(),
                image.manifest(),
                image.annotations(),
                image.layers(),
                names(image, wanted));
        loaded.add(bring.run(ImageId.of(image.configDigest()), parts, archive::open));
      }
      return loaded;
    }
  }

  /** With the digest too where the manifest is one that a registry could have. */
  private static List<String> names(ArchivedImage image, List<String> wanted) {
    Set<String> names = new LinkedHashSet<>();
    for (String one : wanted) {
      ImageReference reference = ImageReference.parse(one);
      reference.repoTag().ifPresent(names::add);
      if (image.genuine()) {
        names.add(reference.repoDigest(image.manifest()));
      }
    }
    return List.copyOf(names);
  }
}
