package dev.gantry.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** An OCI layout with one image of several layers, each with many files and one large one. */
final class LayeredImage {
  private LayeredImage() {}

  static void write(Path layout, int layers, int files, int largeBytes) throws IOException {
    Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
    List<String> descriptors = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      byte[] tar = tar(i, files, largeBytes);
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (OutputStream gzip = new GZIPOutputStream(zipped)) {
        gzip.write(tar);
      }
      diffIds.add("\"%s\"".formatted(BusyboxImage.digest(tar)));
      descriptors.add(descriptor(blobs, "layer.v1.tar+gzip", zipped.toByteArray()));
    }
    String config =
        """
        {"architecture":"%s","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[%s]}}
        """
            .formatted(BusyboxImage.architecture(), String.join(",", diffIds));
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
         "config":%s,"layers":[%s]}
        """
            .formatted(
                descriptor(blobs, "config.v1+json", config.getBytes(UTF_8)),
                String.join(",", descriptors));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(descriptor(blobs, "manifest.v1+json", manifest.getBytes(UTF_8))));
  }

  private static byte[] tar(int layer, int files, int largeBytes) throws IOException {
    Random random = new Random(layer);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (int i = 0; i <= files; i++) {
        byte[] content = new byte[i == files ? largeBytes : 200 + random.nextInt(2000)];
        random.nextBytes(content);
        TarArchiveEntry entry = new TarArchiveEntry("l%d/d%d/f%d".formatted(layer, i % 5, i));
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static String descriptor(Path blobs, String type, byte[] content) throws IOException {
    String digest = BusyboxImage.digest(content);
    Files.write(blobs.resolve(digest.substring("sha256:".length())), content);
    return "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(type, digest, content.length);
  }
}
