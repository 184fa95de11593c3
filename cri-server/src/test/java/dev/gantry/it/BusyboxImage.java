package dev.gantry.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** An OCI layout with one small image: the node's static busybox and its applets. */
final class BusyboxImage {
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "echo",
          "cat",
          "ls",
          "sleep",
          "true",
          "false",
          "id",
          "hostname",
          "mount",
          "ps",
          "kill",
          "ip",
          "wget",
          "nc",
          "httpd",
          "date",
          "env",
          "pwd",
          "touch",
          "dd",
          "head",
          "seq",
          "usleep",
          "stat",
          "mkdir",
          "rm",
          "chmod",
          "grep",
          "tr",
          "wc",
          "md5sum",
          "ping",
          "sync",
          "mv",
          "awk",
          "test",
          "tty",
          "stty",
          "setsid");

  private BusyboxImage() {}

  static void write(Path layout) throws IOException {
    Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
    byte[] tar = tar();
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(tar);
    }
    byte[] layer = zipped.toByteArray();
    String config =
        """
        {"architecture":"%s","os":"linux",
         "config":{"Env":["PATH=/bin:/usr/bin","FROM_IMAGE=yes"],"Cmd":["/bin/sh"],"WorkingDir":"/","Volumes":{"/srv/data":{}}},
         "rootfs":{"type":"layers","diff_ids":["%s"]}}
        """
            .formatted(architecture(), digest(tar));
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
         "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},
         "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}]}
        """
            .formatted(
                digest(config.getBytes(UTF_8)), config.length(), digest(layer), layer.length);
    put(blobs, layer);
    put(blobs, config.getBytes(UTF_8));
    put(blobs, manifest.getBytes(UTF_8));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        """
        {"schemaVersion":2,"manifests":[
         {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%d}]}
        """
            .formatted(digest(manifest.getBytes(UTF_8)), manifest.length()));
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String dir : List.of("bin", "etc", "proc", "sys", "dev", "root", "home")) {
        TarArchiveEntry entry = new TarArchiveEntry(dir + "/");
        entry.setMode(0755);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
      TarArchiveEntry tmp = new TarArchiveEntry("tmp/");
      tmp.setMode(01777);
      tar.putArchiveEntry(tmp);
      tar.closeArchiveEntry();
      file(tar, "bin/busybox", Files.readAllBytes(Path.of("/bin/busybox")), 0755);
      for (String applet : APPLETS) {
        TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_LINK);
        link.setLinkName("bin/busybox");
        link.setMode(0755);
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
      }
      file(
          tar,
          "etc/passwd",
          "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home:/bin/sh\n".getBytes(UTF_8),
          0644);
      file(tar, "etc/group", "root:x:0:\nweb:x:1000:\nextra:x:2000:web\n".getBytes(UTF_8), 0644);
    }
    return bytes.toByteArray();
  }

  private static void file(TarArchiveOutputStream tar, String name, byte[] content, int mode)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(mode);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static void put(Path blobs, byte[] content) throws IOException {
    Files.write(blobs.resolve(digest(content).substring("sha256:".length())), content);
  }

  static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
