import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/**
 * Writes the images that are pulled, as OCI layouts below the directory given: {@code layers-8}, of
 * 8 layers with 10,000 files, 370 MB of which 280 are left by gzip, and {@code layers-1}, of one
 * layer with 100 files, 500 MB of which 380 are left. The same bytes every time.
 */
final class Images {
  private final Path layout;
  private final List<String> layers = new ArrayList<>();
  private final List<String> diffIds = new ArrayList<>();
  private final Random random = new Random(7);

  private Images(Path layout) throws IOException {
    this.layout = layout;
    Files.createDirectories(layout.resolve("blobs/sha256"));
  }

  public static void main(String[] args) throws Exception {
    Images eight = new Images(Path.of(args[0], "layers-8"));
    for (int layer = 0; layer < 8; layer++) {
      eight.layer("opt/l" + layer, 1250, 37_000);
    }
    eight.finish();
    Images one = new Images(Path.of(args[0], "layers-1"));
    one.layer("opt/data", 100, 5_000_000);
    one.finish();
  }

  private void layer(String directory, int files, int size) throws Exception {
    Path file = layout.resolve("layer");
    MessageDigest packed = MessageDigest.getInstance("SHA-256");
    MessageDigest plain = MessageDigest.getInstance("SHA-256");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        OutputStream gzip = new GZIPOutputStream(new DigestOutputStream(out, packed), 1 << 16);
        OutputStream tar = new DigestOutputStream(new BufferedOutputStream(gzip, 1 << 16), plain)) {
      String at = "";
      for (String name : directory.split("/", -1)) {
        at += name + "/";
        header(tar, at, '5', 0755, 0);
      }
      for (int i = 0; i < files; i++) {
        if (i % 50 == 0) {
          header(tar, "%s/d%02d/".formatted(directory, i / 50), '5', 0755, 0);
        }
        byte[] content = content(size / 2 + random.nextInt(size));
        header(tar, "%s/d%02d/f%03d".formatted(directory, i / 50, i), '0', 0644, content.length);
        tar.write(content);
        tar.write(new byte[-content.length & 511]);
      }
      tar.write(new byte[1024]);
    }
    String digest = HexFormat.of().formatHex(packed.digest());
    Path blob = layout.resolve("blobs/sha256/" + digest);
    Files.move(file, blob);
    layers.add(descriptor("layer.v1.tar+gzip", digest, Files.size(blob)));
    diffIds.add("\"sha256:" + HexFormat.of().formatHex(plain.digest()) + "\"");
  }

  /** Three quarters noise, one quarter text, in pieces: about as compressible as programs are. */
  private byte[] content(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    for (int i = 0; i < size; i++) {
      if ((i & 0x300) == 0) {
        bytes[i] = (byte) ('a' + (i >> 4) % 5);
      }
    }
    return bytes;
  }

  private static void header(OutputStream tar, String name, char type, int mode, int size)
      throws IOException {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 100, "%07o\0".formatted(mode));
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    put(block, 124, "%011o\0".formatted(size));
    put(block, 136, "%011o\0".formatted(1_700_000_000));
    put(block, 148, "        ");
    block[156] = (byte) type;
    put(block, 257, "ustar\00000");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    tar.write(block);
  }

  private static void put(byte[] block, int at, String text) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, block, at, ascii.length);
  }

  private static String descriptor(String type, String hex, long size) {
    return "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"sha256:%s\",\"size\":%d}"
        .formatted(type, hex, size);
  }

  private void finish() throws Exception {
    String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    String config =
        blob(
            "config.v1+json",
            """
            {"architecture":"%s","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[%s]}}
            """
                .formatted(architecture, String.join(",", diffIds)));
    String manifest =
        blob(
            "manifest.v1+json",
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
            "config":%s,"layers":[%s]}
            """
                .formatted(config, String.join(",", layers)));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(
                manifest.replaceFirst(
                    "}$", ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"1\"}}")));
  }

  private String blob(String type, String content) throws Exception {
    byte[] bytes = content.strip().getBytes(StandardCharsets.UTF_8);
    String hex = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    Files.write(layout.resolve("blobs/sha256/" + hex), bytes);
    return descriptor(type, hex, bytes.length);
  }
}
