package dev.gantry.image;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Document;
import dev.gantry.image.manifest.DocumentParser;
import dev.gantry.image.policy.Origin;
import dev.gantry.image.policy.PolicyFile;
import dev.gantry.image.policy.Requirement;
import dev.gantry.image.policy.Requirement.Accept;
import dev.gantry.image.policy.Requirement.Identity;
import dev.gantry.image.policy.Requirement.Reject;
import dev.gantry.image.policy.Requirement.Signed;
import dev.gantry.image.policy.Requirement.Unknown;
import dev.gantry.image.policy.SimpleSignature;
import dev.gantry.image.registry.Repository;
import dev.gantry.image.registry.Repository.ManifestBytes;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Asks the policy whether an image may be pulled or loaded, and the registry for the signatures it
 * wants.
 */
final class SignatureCheck {
  /** The kubelet looks for this word at the beginning of the error. */
  private static final String FAILED = "SignatureValidationFailed: ";

  private static final String REJECTED = "the policy rejects it";

  private final PolicyFile policy;

  SignatureCheck(PolicyFile policy) {
    this.policy = policy;
  }

  /**
   * Returns when the image may be pulled.
   *
   * @param named what the name led to, an index perhaps: a signature of it is one of all in it
   * @param manifest the image's own
   * @throws Fault.Precondition beginning with {@code SignatureValidationFailed}
   */
  void run(ImageReference reference, Repository repository, Digest named, Digest manifest)
      throws InterruptedException {
    String tag = reference.digest().isPresent() ? "" : reference.tag().orElse("");
    for (Requirement requirement : policy.of(new Origin.Registry(reference.name(), tag))) {
      switch (requirement) {
        case Accept _ -> {}
        case Reject _ -> throw failed("pull " + reference, REJECTED);
        case Unknown(String type) -> throw failed("pull " + reference, unsupported(type));
        case Signed signed -> signed(reference, repository, List.of(named, manifest), signed);
      }
    }
  }

  /**
   * Returns when an image may be loaded. An archive has no signatures: who wants some gets none.
   *
   * @param load what is under way, for errors
   * @throws Fault.Precondition beginning with {@code SignatureValidationFailed}
   */
  void run(String load, Origin origin) {
    for (Requirement requirement : policy.of(origin)) {
      switch (requirement) {
        case Accept _ -> {}
        case Reject _ -> throw failed(load, REJECTED);
        case Unknown(String type) -> throw failed(load, unsupported(type));
        case Signed signed -> throw failed(load, signed.where() + ": no signature in an archive");
      }
    }
  }

  private static String unsupported(String type) {
    return "the policy wants %s, which is not supported".formatted(type);
  }

  private static Fault failed(String step, String why) {
    return new Fault.Precondition("%s%s: %s".formatted(FAILED, step, why));
  }

  private static void signed(
      ImageReference reference, Repository repository, List<Digest> digests, Signed wanted)
      throws InterruptedException {
    List<String> reasons = new ArrayList<>();
    for (Digest digest : digests.stream().distinct().toList()) {
      for (Descriptor layer : signatures(repository, digest)) {
        String reason = judge(reference, repository, digest, layer, wanted);
        if (reason.isEmpty()) {
          return;
        }
        reasons.add(reason);
      }
    }
    throw failed(
        "pull " + reference,
        "%s: %s"
            .formatted(
                wanted.where(),
                reasons.isEmpty() ? "no signature in the registry" : String.join("; ", reasons)));
  }

  /** cosign keeps them under a tag made of the digest. */
  private static List<Descriptor> signatures(Repository repository, Digest digest)
      throws InterruptedException {
    String tag = digest.algorithm() + "-" + digest.hex() + ".sig";
    ManifestBytes bytes;
    try {
      bytes = repository.manifest(tag);
    } catch (Fault.NotFound e) {
      return List.of();
    }
    Document document = DocumentParser.parse("manifest " + tag, bytes.mediaType(), bytes.content());
    return document instanceof Document.Manifest manifest
        ? manifest.layers().stream()
            .filter(l -> l.mediaType().equals(SimpleSignature.MEDIA_TYPE))
            .toList()
        : List.of();
  }

  /** Why a signature does not count; empty when it does. */
  private static String judge(
      ImageReference reference,
      Repository repository,
      Digest digest,
      Descriptor layer,
      Signed wanted)
      throws InterruptedException {
    byte[] signature;
    try {
      String text = layer.annotations().getOrDefault(SimpleSignature.ANNOTATION, "");
      signature = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return "a signature is no base64";
    }
    byte[] payload = repository.blob(layer, SimpleSignature.MAX_BYTES);
    Optional<SimpleSignature> verified =
        SimpleSignature.verified(payload, signature, wanted.keys());
    if (verified.isEmpty()) {
      return "a signature is by another key";
    }
    if (!verified.get().manifest().equals(digest)) {
      return "a signature is of another image";
    }
    return matches(reference, verified.get().reference(), wanted.identity())
        ? ""
        : "a signature is for " + verified.get().reference();
  }

  private static boolean matches(ImageReference image, String signedFor, Identity identity) {
    ImageReference signed;
    try {
      signed = ImageReference.parse(signedFor);
    } catch (Fault.Invalid e) {
      return false;
    }
    boolean tagged = signedFor.substring(signedFor.lastIndexOf('/') + 1).indexOf(':') >= 0;
    boolean exact = tagged && signed.repoTag().equals(image.repoTag());
    return switch (identity) {
      case Identity.Exact() -> exact;
      case Identity.RepoDigestOrExact() -> exact || ofDigest(image, signed);
      case Identity.Repository() -> signed.name().equals(image.name());
      case Identity.ExactReference(String wanted) ->
          tagged && signed.repoTag().equals(ImageReference.parse(wanted).repoTag());
      case Identity.ExactRepository(String wanted) ->
          signed.name().equals(ImageReference.parse(wanted).name());
      case Identity.Remapped(String prefix, String to) -> {
        boolean below = image.name().equals(prefix) || image.name().startsWith(prefix + "/");
        String name = below ? to + image.name().substring(prefix.length()) : image.name();
        boolean same = signed.name().equals(name);
        yield same && (image.digest().isPresent() || (tagged && signed.tag().equals(image.tag())));
      }
    };
  }

  private static boolean ofDigest(ImageReference image, ImageReference signed) {
    return image.digest().isPresent() && signed.name().equals(image.name());
  }
}
