package dev.gantry.image;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.image.archive.FileLayer;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Document.Manifest;
import dev.gantry.image.store.ImageDirs;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings an OCI artifact, a manifest whose config is no image's: each of its blobs becomes a file,
 * named by its title, in a layer of its own. It can be a volume; there is nothing in it to run. Its
 * id is the digest of its manifest, since many share the empty config.
 */
final class PullArtifact {
  private static final String TITLE = "org.opencontainers.image.title";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final JsonMapper JSON = new JsonMapper();

  private final ImageDirs dirs;
  private final BringImage bring;
  private final AtomicLong spools = new AtomicLong();

  PullArtifact(ImageDirs dirs, BringImage bring) {
    this.dirs = dirs;
    this.bring = bring;
  }

  Image run(
      ImageReference reference,
      BlobSource blobs,
      Manifest manifest,
      Digest digest,
      List<String> names)
      throws InterruptedException {
    List<Path> spooled = new ArrayList<>();
    try {
      Map<Digest, FileLayer> files = new HashMap<>();
      List<Descriptor> layers = new ArrayList<>();
      ObjectNode config = JSON.createObjectNode();
      config.put("artifactType", type(manifest));
      ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
      for (Descriptor blob : manifest.layers()) {
        Path spool = dirs.staging().resolve("artifact-" + spools.incrementAndGet());
        spooled.add(spool);
        fetch(blobs.open(blob), blob, spool);
        String name = blob.annotations().getOrDefault(TITLE, blob.digest().hex());
        FileLayer file = new FileLayer(name, spool, blob.size());
        Digest diffId = diffId(file, blob.digest());
        files.put(diffId, file);
        diffIds.add(diffId.toString());
        layers.add(new Descriptor(LAYER, diffId, file.size(), Map.of(), Optional.empty(), ""));
      }
      BringImage.Parts parts =
          new BringImage.Parts(
              "pull " + reference,
              config.toString(),
              digest,
              manifest.annotations(),
              layers,
              names);
      return bring.run(ImageId.of(digest), parts, layer -> open(files, layer));
    } catch (InterruptedIOException e) {
      throw new InterruptedException("pull " + reference);
    } catch (IOException e) {
      throw new Fault.Unavailable("pull %s: %s".formatted(reference, e.getMessage()), e);
    } finally {
      spooled.forEach(PullArtifact::remove);
    }
  }

  private static String type(Manifest manifest) {
    return manifest.artifactType().isEmpty()
        ? manifest.config().mediaType()
        : manifest.artifactType();
  }

  private static void fetch(InputStream from, Descriptor blob, Path to) throws IOException {
    MessageDigest computation = blob.digest().computation();
    long size = 0;
    try (InputStream in = from;
        OutputStream out = Files.newOutputStream(to)) {
      byte[] buffer = new byte[1 << 16];
      int count = in.read(buffer, 0, buffer.length);
      while (count >= 0) {
        computation.update(buffer, 0, count);
        out.write(buffer, 0, count);
        size += count;
        count = in.read(buffer, 0, buffer.length);
      }
    }
    Digest found = blob.digest().of(computation);
    if (size != blob.size() || !found.equals(blob.digest())) {
      throw new Fault.Invalid(
          "blob %s: has digest %s and %d bytes, not %d"
              .formatted(blob.digest(), found, size, blob.size()));
    }
  }

  private static Digest diffId(FileLayer file, Digest like) throws IOException {
    MessageDigest computation = like.computation();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = file.open()) {
      int count = in.read(buffer);
      while (count >= 0) {
        computation.update(buffer, 0, count);
        count = in.read(buffer);
      }
    }
    return like.of(computation);
  }

  private static InputStream open(Map<Digest, FileLayer> files, Descriptor layer) {
    FileLayer file = files.get(layer.digest());
    if (file == null) {
      throw new Fault.Internal("layer %s: of no file".formatted(layer.digest()));
    }
    try {
      return file.open();
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file.content(), e.getMessage()), e);
    }
  }

  private static void remove(Path spool) {
    try {
      Files.deleteIfExists(spool);
    } catch (IOException e) {
      throw new Fault.Internal("remove %s: %s".formatted(spool, e.getMessage()), e);
    }
  }
}
