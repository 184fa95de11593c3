package dev.gantry.image;

import dev.gantry.image.manifest.Digest;

/** What names an image on this node: the digest of its config, {@code sha256:<hex>}. */
public record ImageId(String value) {
  public ImageId {
    Digest.parse(value);
  }

  static ImageId of(Digest configDigest) {
    return new ImageId(configDigest.toString());
  }

  @Override
  public String toString() {
    return value;
  }
}
