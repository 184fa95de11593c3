package dev.gantry.image.policy;

import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Json;
import dev.gantry.linux.Fault;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/**
 * What was signed, in the form that cosign stores (containers/image, docs/containers-signature.5.md
 * and sigstore's SIGNATURE_SPEC.md).
 *
 * @param reference the name that it was signed for
 * @param manifest what it was signed for
 */
public record SimpleSignature(String reference, Digest manifest) {
  /** Of the layers of a signature's manifest. */
  public static final String MEDIA_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";

  /** On such a layer: the signature of its bytes, in base64. */
  public static final String ANNOTATION = "dev.cosignproject.cosign/signature";

  public static final int MAX_BYTES = 1 << 20;

  private static final String TYPE = "cosign container image signature";

  /** The content, if one of the keys has signed it; nothing of it is looked at before. */
  public static Optional<SimpleSignature> verified(
      byte[] payload, byte[] signature, List<PublicKey> keys) {
    if (keys.stream().noneMatch(key -> PublicKeys.verifies(key, payload, signature))) {
      return Optional.empty();
    }
    Json critical = Json.object("signature", payload).child("critical");
    if (!critical.text("type").equals(TYPE)) {
      throw new Fault.Invalid("signature: critical: type: not of an image");
    }
    return Optional.of(
        new SimpleSignature(
            critical.child("identity").text("docker-reference"),
            Digest.parse(critical.child("image").text("docker-manifest-digest"))));
  }
}
