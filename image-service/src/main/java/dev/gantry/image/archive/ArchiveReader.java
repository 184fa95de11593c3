package dev.gantry.image.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.layer.Packed;
import dev.gantry.image.layer.TarIndex;
import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.ConfigDocument;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Document;
import dev.gantry.image.manifest.DocumentParser;
import dev.gantry.image.manifest.Json;
import dev.gantry.image.manifest.PlatformChoice;
import dev.gantry.image.policy.Origin;
import dev.gantry.linux.Fault;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads what {@code docker save} and its kin write, and OCI image layouts, as directory or archive,
 * plain, gzip or zstd. What is compressed, or comes from a pipe, is spooled first: its files are
 * wanted in another order than it has them.
 */
public final class ArchiveReader implements AutoCloseable {
  private static final String DOCKER = "manifest.json";
  private static final String OCI = "index.json";
  private static final int MAX_INDEXES = 4;
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

  private final Path path;
  private final Path spool;
  private final ImageArchive archive;
  private final PlatformChoice platforms;

  /** Which file has a blob. */
  private final Map<Digest, String> blobs = new HashMap<>();

  private ArchiveReader(Path path, Path spool, ImageArchive archive, PlatformChoice platforms) {
    this.path = path;
    this.spool = spool;
    this.archive = archive;
    this.platforms = platforms;
  }

  /**
   * Opens an archive.
   *
   * @param spool where to write it, if it must be; removed on close
   * @throws Fault.Invalid when it is none
   */
  public static ArchiveReader open(Path path, Path spool, PlatformChoice platforms) {
    try {
      if (Files.isDirectory(path)) {
        return new ArchiveReader(path, spool, new ImageArchive.Directory(path), platforms);
      }
      Path plain = isPlain(path) ? path : unpacked(path, spool);
      return new ArchiveReader(path, spool, new ImageArchive.Tar(TarIndex.of(plain)), platforms);
    } catch (IOException e) {
      removed(spool);
      throw new Fault.Invalid("read %s: %s".formatted(path, e.getMessage()), e);
    } catch (RuntimeException e) {
      removed(spool);
      throw e;
    }
  }

  private static boolean isPlain(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      return Packed.compression(in) == Compression.NONE;
    }
  }

  private static Path unpacked(Path path, Path spool) throws IOException {
    try (InputStream in = Packed.plain(Files.newInputStream(path));
        OutputStream out = Files.newOutputStream(spool)) {
      in.transferTo(out);
    }
    return spool;
  }

  private static void removed(Path spool) {
    try {
      Files.deleteIfExists(spool);
    } catch (IOException e) {
      throw new Fault.Internal("remove %s: %s".formatted(spool, e.getMessage()), e);
    }
  }

  /** All images in it that run on this machine. */
  public List<ArchivedImage> images() {
    try {
      if (archive.size(DOCKER).isPresent()) {
        return docker();
      }
      if (archive.size(OCI).isPresent()) {
        return oci();
      }
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(path, e.getMessage()), e);
    } catch (Fault e) {
      throw e.within("load " + path);
    }
    throw new Fault.Invalid("load %s: neither %s nor %s in it".formatted(path, DOCKER, OCI));
  }

  /** Where an image of it comes from, for the policy. */
  public Origin origin(ArchivedImage image) {
    try {
      if (archive.size(DOCKER).isPresent()) {
        return new Origin.DockerArchive();
      }
      String transport = archive instanceof ImageArchive.Directory ? "oci" : "oci-archive";
      return new Origin.Layout(transport, path.toRealPath(), image.tag());
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  private List<ArchivedImage> docker() throws IOException {
    List<ArchivedImage> images = new ArrayList<>();
    for (Json entry : Json.list(DOCKER, archive.small(DOCKER, DocumentParser.MAX_BYTES))) {
      byte[] json = archive.small(entry.text("Config"), ConfigDocument.MAX_BYTES);
      ConfigDocument config = ConfigDocument.parse(entry.text("Config"), json);
      List<String> files = entry.texts("Layers");
      if (files.size() != config.diffIds().size()) {
        throw new Fault.Invalid(
            "%s: %d layers, config has %d diff ids"
                .formatted(DOCKER, files.size(), config.diffIds().size()));
      }
      List<Descriptor> layers = new ArrayList<>();
      for (int i = 0; i < files.size(); i++) {
        layers.add(layer(files.get(i), config.diffIds().get(i)));
      }
      images.add(
          new ArchivedImage(
              entry.texts("RepoTags"),
              "",
              Digest.sha256(json),
              new String(json, UTF_8),
              Digest.sha256(json),
              false,
              Map.of(),
              layers));
    }
    return images;
  }

  /** A plain layer's digest is its diff id; that of a compressed one must be computed. */
  private Descriptor layer(String file, Digest diffId) throws IOException {
    long size =
        archive.size(file).orElseThrow(() -> new Fault.Invalid(file + ": not in the archive"));
    try (InputStream in = new BufferedInputStream(archive.open(file), 1 << 16)) {
      Compression compression = Packed.compression(in);
      Digest digest = compression == Compression.NONE ? diffId : computed(in, diffId);
      String type =
          switch (compression) {
            case NONE -> LAYER_TYPE;
            case GZIP -> LAYER_TYPE + "+gzip";
            case ZSTD -> LAYER_TYPE + "+zstd";
          };
      blobs.put(digest, file);
      return new Descriptor(type, digest, size, Map.of(), Optional.empty(), "");
    }
  }

  private static Digest computed(InputStream in, Digest like) throws IOException {
    MessageDigest computation = like.computation();
    byte[] buffer = new byte[1 << 16];
    int count = in.read(buffer);
    while (count >= 0) {
      computation.update(buffer, 0, count);
      count = in.read(buffer);
    }
    return like.of(computation);
  }

  private List<ArchivedImage> oci() throws IOException {
    byte[] bytes = archive.small(OCI, DocumentParser.MAX_BYTES);
    if (!(DocumentParser.parse(OCI, "", bytes) instanceof Document.Index index)) {
      throw new Fault.Invalid(OCI + ": no index");
    }
    List<ArchivedImage> images = new ArrayList<>();
    for (Descriptor entry : index.manifests()) {
      images.add(image(entry));
    }
    return images;
  }

  private ArchivedImage image(Descriptor entry) throws IOException {
    Descriptor at = entry;
    for (int i = 0; i <= MAX_INDEXES; i++) {
      String name = "manifest " + at.digest();
      switch (DocumentParser.parse(name, at.mediaType(), blob(at, DocumentParser.MAX_BYTES))) {
        case Document.Index index -> at = platforms.best(name, index.manifests());
        case Document.Manifest manifest -> {
          byte[] config = blob(manifest.config(), ConfigDocument.MAX_BYTES);
          manifest.layers().forEach(l -> blobs.put(l.digest(), file(l.digest())));
          return new ArchivedImage(
              LayoutNames.of(entry.annotations()),
              entry.annotations().getOrDefault(LayoutNames.REFERENCE, ""),
              manifest.config().digest(),
              new String(config, UTF_8),
              entry.digest(),
              true,
              manifest.annotations(),
              manifest.layers());
        }
      }
    }
    throw new Fault.Invalid("%s: more than %d indexes in a row".formatted(OCI, MAX_INDEXES));
  }

  private static String file(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private byte[] blob(Descriptor descriptor, int max) throws IOException {
    byte[] content = archive.small(file(descriptor.digest()), max);
    if (!descriptor.digest().matches(content)) {
      throw new Fault.Invalid("blob %s: has another digest".formatted(descriptor.digest()));
    }
    return content;
  }

  /** A blob of one of the images; whoever reads it checks it. */
  public InputStream open(Descriptor descriptor) {
    String file = blobs.get(descriptor.digest());
    if (file == null) {
      throw new Fault.Internal("blob %s: of no image here".formatted(descriptor.digest()));
    }
    try {
      return archive.open(file);
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    removed(spool);
  }
}
