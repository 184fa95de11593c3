package dev.gantry.image.manifest;

import dev.gantry.image.manifest.Document.Index;
import dev.gantry.image.manifest.Document.Manifest;
import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Optional;

/** Reads manifests and indexes of OCI image 1.1 and Docker image 2.2. */
public final class DocumentParser {
  /** The OCI distribution spec lets registries refuse more than this; so do we. */
  public static final int MAX_BYTES = 4 << 20;

  /** What overlayfs can stack (OVL_MAX_STACK in fs/overlayfs). */
  static final int MAX_LAYERS = 500;

  private DocumentParser() {}

  /**
   * Reads a document.
   *
   * @param name for errors, such as {@code manifest docker.io/library/busybox@sha256:...}
   * @param contentType what the registry said it is, without parameters; may be empty
   */
  public static Document parse(String name, String contentType, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new Fault.Invalid("%s: larger than %d bytes".formatted(name, MAX_BYTES));
    }
    Json json = Json.object(name, bytes);
    String type = json.text("mediaType");
    if (type.isEmpty()) {
      type = contentType;
    }
    boolean manifests = json.has("manifests");
    boolean layers = json.has("layers") || json.has("config");
    if (MediaTypes.isSchema1(type) || json.has("fsLayers")) {
      throw new Fault.Unsupported(
          name + ": Docker schema 1 is not supported, push the image anew with a current client");
    }
    // A document that could be read as either has made clients see different images
    // (CVE-2021-41190).
    if (manifests && layers) {
      throw new Fault.Invalid(name + ": both a manifest and an index");
    }
    if (MediaTypes.isIndex(type) || (!MediaTypes.isManifest(type) && manifests)) {
      if (layers) {
        throw new Fault.Invalid(name + ": an index with layers");
      }
      return index(json);
    }
    if (MediaTypes.isManifest(type) || layers) {
      if (manifests) {
        throw new Fault.Invalid(name + ": a manifest with manifests");
      }
      return manifest(name, json);
    }
    throw new Fault.Unsupported("%s: media type %s".formatted(name, type));
  }

  private static Index index(Json json) {
    checkVersion(json);
    List<Descriptor> manifests =
        json.children("manifests").stream().map(DocumentParser::descriptor).toList();
    return new Index(manifests, json.map("annotations"));
  }

  private static Manifest manifest(String name, Json json) {
    checkVersion(json);
    if (!json.has("config")) {
      throw new Fault.Invalid(name + ": config: missing");
    }
    List<Descriptor> layers =
        json.children("layers").stream().map(DocumentParser::descriptor).toList();
    if (layers.size() > MAX_LAYERS) {
      throw new Fault.Invalid(
          "%s: %d layers, at most %d".formatted(name, layers.size(), MAX_LAYERS));
    }
    return new Manifest(
        descriptor(json.child("config")),
        layers,
        json.map("annotations"),
        json.text("artifactType"));
  }

  private static void checkVersion(Json json) {
    if (json.size("schemaVersion") != 2) {
      throw new Fault.Unsupported(
          "manifest: schemaVersion %d".formatted(json.size("schemaVersion")));
    }
  }

  private static Descriptor descriptor(Json json) {
    Optional<Platform> platform = Optional.empty();
    if (json.has("platform")) {
      Json p = json.child("platform");
      platform = Optional.of(new Platform(p.text("os"), p.text("architecture"), p.text("variant")));
    }
    return new Descriptor(
        json.text("mediaType"),
        json.digest("digest"),
        json.size("size"),
        json.map("annotations"),
        platform,
        json.text("artifactType"));
  }
}
