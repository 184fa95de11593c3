package dev.gantry.image.policy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.gantry.image.manifest.Json;
import dev.gantry.image.policy.Requirement.Accept;
import dev.gantry.image.policy.Requirement.Identity;
import dev.gantry.image.policy.Requirement.Reject;
import dev.gantry.image.policy.Requirement.Signed;
import dev.gantry.image.policy.Requirement.Unknown;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A file in the format of containers-policy.json(5), read anew for each pull and load. Without the
 * file everything is accepted; with it, what it does not say is refused.
 */
public final class PolicyFile {
  private final Path file;

  public PolicyFile(Path file) {
    this.file = file;
  }

  /** What an image from there must fulfil, all of it. */
  public List<Requirement> of(Origin origin) {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return List.of(new Accept());
    } catch (IOException e) {
      throw new Fault.Precondition("read %s: %s".formatted(file, e.getMessage()), e);
    }
    Json policy = Json.object(file.toString(), content);
    Json scopes = policy.child("transports").child(origin.transport());
    for (String scope : origin.scopes()) {
      if (scopes.has(scope)) {
        return requirements(scopes, scope);
      }
    }
    return requirements(policy, "default");
  }

  private static List<Requirement> requirements(Json parent, String scope) {
    List<Requirement> all = new ArrayList<>();
    for (Json json : parent.children(scope)) {
      all.add(
          switch (json.text("type")) {
            case "insecureAcceptAnything" -> new Accept();
            case "reject" -> new Reject();
            case "sigstoreSigned" -> signed(json, "scope \"" + scope + "\"");
            default -> new Unknown(json.text("type"));
          });
    }
    // An empty list must not mean that nothing is required.
    return all.isEmpty() ? List.of(new Reject()) : all;
  }

  private static Requirement signed(Json json, String where) {
    for (String more : List.of("fulcio", "rekorPublicKeyPath", "rekorPublicKeyData", "pki")) {
      if (json.has(more)) {
        return new Unknown("sigstoreSigned with " + more);
      }
    }
    List<PublicKey> keys = new ArrayList<>();
    if (json.has("keyPath")) {
      keys.addAll(PublicKeys.ofFile(Path.of(json.text("keyPath"))));
    }
    json.texts("keyPaths").forEach(p -> keys.addAll(PublicKeys.ofFile(Path.of(p))));
    if (json.has("keyData")) {
      keys.addAll(PublicKeys.of(where, decode(where, json.text("keyData"))));
    }
    json.texts("keyDatas").forEach(d -> keys.addAll(PublicKeys.of(where, decode(where, d))));
    if (keys.isEmpty()) {
      throw new Fault.Invalid("policy: %s: sigstoreSigned without a key".formatted(where));
    }
    return new Signed(keys, identity(json.child("signedIdentity"), where), where);
  }

  private static String decode(String where, String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), ISO_8859_1);
    } catch (IllegalArgumentException e) {
      throw new Fault.Invalid("policy: %s: keyData: no base64".formatted(where), e);
    }
  }

  private static Identity identity(Json json, String where) {
    return switch (json.text("type")) {
      case "", "matchRepoDigestOrExact" -> new Identity.RepoDigestOrExact();
      case "matchExact" -> new Identity.Exact();
      case "matchRepository" -> new Identity.Repository();
      case "exactReference" -> new Identity.ExactReference(json.text("dockerReference"));
      case "exactRepository" -> new Identity.ExactRepository(json.text("dockerRepository"));
      case "remapIdentity" -> new Identity.Remapped(json.text("prefix"), json.text("signedPrefix"));
      default ->
          throw new Fault.Invalid(
              "policy: %s: signedIdentity: type %s".formatted(where, json.text("type")));
    };
  }
}
