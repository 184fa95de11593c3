package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** An image in the making: blobs by digest, a config, a manifest. */
public final class TestImage {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

  public final Map<Digest, byte[]> blobs = new LinkedHashMap<>();
  public final ObjectNode config = JSON.createObjectNode();
  public final ObjectNode manifest = JSON.createObjectNode();
  private final ArrayNode layers;
  private final ArrayNode diffIds;
  private String configType = MediaTypes.OCI_CONFIG;

  public TestImage() {
    config.put("os", "linux").put("architecture", "amd64");
    config.putObject("config").putArray("Env").add("PATH=/bin");
    ObjectNode rootfs = config.putObject("rootfs").put("type", "layers");
    diffIds = rootfs.putArray("diff_ids");
    manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest.putObject("config");
    layers = manifest.putArray("layers");
  }

  /** Docker's media types instead of OCI's. */
  public TestImage docker() {
    manifest.put("mediaType", MediaTypes.DOCKER_MANIFEST);
    configType = MediaTypes.DOCKER_CONFIG;
    return this;
  }

  public TestImage gzip(byte[] tar) {
    String type =
        configType.equals(MediaTypes.OCI_CONFIG)
            ? OCI_LAYER + "+gzip"
            : "application/vnd.docker.image.rootfs.diff.tar.gzip";
    return layer(type, gzipped(tar), Digest.sha256(tar));
  }

  public TestImage plain(byte[] tar) {
    return layer(OCI_LAYER, tar, Digest.sha256(tar));
  }

  public TestImage zstd(byte[] tar) {
    return layer(OCI_LAYER + "+zstd", com.github.luben.zstd.Zstd.compress(tar), Digest.sha256(tar));
  }

  public TestImage layer(String type, byte[] blob, Digest diffId) {
    layers.add(descriptor(type, blob));
    diffIds.add(diffId.toString());
    return this;
  }

  /** Adds a blob and answers its descriptor. */
  public ObjectNode descriptor(String type, byte[] blob) {
    Digest digest = Digest.sha256(blob);
    blobs.put(digest, blob);
    return JSON.createObjectNode()
        .put("mediaType", type)
        .put("digest", digest.toString())
        .put("size", blob.length);
  }

  /** The config is a blob once the manifest is asked for. */
  public byte[] manifestBytes() {
    manifest.set("config", descriptor(configType, bytes(config)));
    return bytes(manifest);
  }

  public String mediaType() {
    return manifest.get("mediaType").asText();
  }

  public ImageId id() {
    return new ImageId(Digest.sha256(bytes(config)).toString());
  }

  public static byte[] gzipped(byte[] tar) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(tar);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  public static byte[] bytes(ObjectNode json) {
    try {
      return JSON.writeValueAsString(json).getBytes(UTF_8);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
