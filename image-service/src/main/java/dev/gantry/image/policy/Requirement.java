package dev.gantry.image.policy;

import java.security.PublicKey;
import java.util.List;

/** What an image must fulfil, as containers-policy.json(5) names it. */
public sealed interface Requirement {
  /** {@code insecureAcceptAnything}. */
  record Accept() implements Requirement {}

  /** {@code reject}. */
  record Reject() implements Requirement {}

  /**
   * {@code sigstoreSigned}: by one of the keys, for that identity.
   *
   * @param where in the policy, for errors
   */
  record Signed(List<PublicKey> keys, Identity identity, String where) implements Requirement {
    public Signed {
      keys = List.copyOf(keys);
    }
  }

  /** One that Gantry cannot judge: nothing passes it. */
  record Unknown(String type) implements Requirement {}

  /** Which name a signature must be for. */
  sealed interface Identity {
    /** The very tag. */
    record Exact() implements Identity {}

    /** The very tag; the repository where the image is named by digest. */
    record RepoDigestOrExact() implements Identity {}

    /** Any tag of the repository: cosign notes no tag. */
    record Repository() implements Identity {}

    /** That name, whatever the image is called. */
    record ExactReference(String reference) implements Identity {}

    /** That repository, whatever the image is called. */
    record ExactRepository(String repository) implements Identity {}

    /** As the second, with the beginning of the image's name replaced: for mirrors. */
    record Remapped(String prefix, String signedPrefix) implements Identity {}
  }
}
