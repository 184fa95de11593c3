package dev.gantry.image.manifest;

import java.util.List;
import java.util.Map;

/** What a registry answers to a request for a manifest. */
public sealed interface Document {

  /**
   * One image or artifact.
   *
   * @param artifactType what it says it is when it is no image, else empty
   */
  record Manifest(
      Descriptor config,
      List<Descriptor> layers,
      Map<String, String> annotations,
      String artifactType)
      implements Document {
    public Manifest {
      layers = List.copyOf(layers);
      annotations = Map.copyOf(annotations);
    }

    /** Whether it can run: an artifact has another config, or an empty one. */
    public boolean isImage() {
      return MediaTypes.isImageConfig(config.mediaType());
    }
  }

  /** Several manifests, for several platforms. */
  record Index(List<Descriptor> manifests, Map<String, String> annotations) implements Document {
    public Index {
      manifests = List.copyOf(manifests);
      annotations = Map.copyOf(annotations);
    }
  }
}
