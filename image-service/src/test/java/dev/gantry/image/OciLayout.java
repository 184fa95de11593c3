package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.MediaTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes an image as a directory in the OCI image layout. */
final class OciLayout {
  private OciLayout() {}

  static void write(Path dir, String tag, TestImage image) throws IOException {
    byte[] manifest = image.manifestBytes();
    image.blobs.put(Digest.sha256(manifest), manifest);
    Path blobs = Files.createDirectories(dir.resolve("blobs/sha256"));
    for (var blob : image.blobs.entrySet()) {
      Files.write(blobs.resolve(blob.getKey().hex()), blob.getValue());
    }
    Files.writeString(dir.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    String index =
        """
        {"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"%s","size":%d,
         "annotations":{"org.opencontainers.image.ref.name":"%s"}}]}
        """
            .formatted(MediaTypes.OCI_MANIFEST, Digest.sha256(manifest), manifest.length, tag);
    Files.write(dir.resolve("index.json"), index.getBytes(UTF_8));
  }
}
