package dev.gantry.image.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.MediaTypes;
import dev.gantry.linux.Fault;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes images as one archive that both kinds of readers take: an OCI image layout, with the
 * {@code manifest.json} of docker beside its index. Layers are plain: their registry's compressed
 * form is not kept, so manifests, and their digests, are others than those that were pulled.
 */
public final class ArchiveWriter implements Closeable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

  private final TarOutput tar;
  private final Set<Digest> written = new HashSet<>();
  private final ObjectNode index = JSON.createObjectNode();
  private final ArrayNode manifests;
  private final ArrayNode docker = JSON.createArrayNode();

  public ArchiveWriter(OutputStream out) throws IOException {
    this.tar = new TarOutput(out);
    index.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
    manifests = index.putArray("manifests");
    tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8));
  }

  /** A layer's plain archive. */
  public interface PlainLayer {
    Digest diffId();

    long size();

    InputStream open() throws IOException;
  }

  /** Adds an image. */
  public void add(
      List<String> tags, byte[] config, Map<String, String> annotations, List<PlainLayer> layers)
      throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest.set("config", blob(MediaTypes.OCI_CONFIG, config));
    ArrayNode descriptors = manifest.putArray("layers");
    ObjectNode entry = docker.addObject();
    entry.put("Config", file(Digest.sha256(config)));
    ArrayNode files = entry.putArray("Layers");
    for (PlainLayer layer : layers) {
      if (written.add(layer.diffId())) {
        try (InputStream in = layer.open()) {
          tar.file(file(layer.diffId()), layer.size(), in);
        }
      }
      descriptors.add(descriptor(LAYER, layer.diffId(), layer.size()));
      files.add(file(layer.diffId()));
    }
    if (!annotations.isEmpty()) {
      ObjectNode object = manifest.putObject("annotations");
      annotations.forEach(object::put);
    }
    ArrayNode repoTags = entry.putArray("RepoTags");
    tags.forEach(repoTags::add);
    byte[] bytes = bytes(manifest);
    ObjectNode unnamed = blob(MediaTypes.OCI_MANIFEST, bytes);
    if (tags.isEmpty()) {
      manifests.add(unnamed);
    }
    for (String tag : tags) {
      ObjectNode named = unnamed.deepCopy();
      named
          .putObject("annotations")
          .put(LayoutNames.FULL, tag)
          .put(LayoutNames.REFERENCE, tag.substring(tag.lastIndexOf(':') + 1));
      manifests.add(named);
    }
  }

  private ObjectNode blob(String type, byte[] content) throws IOException {
    Digest digest = Digest.sha256(content);
    if (written.add(digest)) {
      tar.file(file(digest), content);
    }
    return descriptor(type, digest, content.length);
  }

  private static ObjectNode descriptor(String type, Digest digest, long size) {
    return JSON.createObjectNode()
        .put("mediaType", type)
        .put("digest", digest.toString())
        .put("size", size);
  }

  private static String file(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private static byte[] bytes(JsonNode json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write archive: " + e.getMessage(), e);
    }
  }

  /** Bytes written so far. */
  public long bytes() {
    return tar.bytes();
  }

  /** Writes the tables of contents; without them there is no image in the archive. */
  public void finish() throws IOException {
    tar.file("index.json", bytes(index));
    tar.file("manifest.json", bytes(docker));
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
