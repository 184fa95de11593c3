package dev.gantry.image.policy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Public keys in PEM, as {@code cosign generate-key-pair} and openssl write them, and their use.
 */
final class PublicKeys {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----");

  private PublicKeys() {}

  static List<PublicKey> ofFile(Path file) {
    try {
      return of(file.toString(), Files.readString(file, ISO_8859_1));
    } catch (IOException e) {
      throw new Fault.Precondition("read key %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * All keys of a text.
   *
   * @throws Fault.Invalid when it has none
   */
  static List<PublicKey> of(String name, String pem) {
    List<PublicKey> keys = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(pem);
    while (matcher.find()) {
      try {
        keys.add(key(Base64.getMimeDecoder().decode(matcher.group(1))));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new Fault.Invalid("key %s: %s".formatted(name, e.getMessage()), e);
      }
    }
    if (keys.isEmpty()) {
      throw new Fault.Invalid("key %s: no PEM of a public key".formatted(name));
    }
    return keys;
  }

  private static PublicKey key(byte[] encoded) throws GeneralSecurityException {
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException _) {
        // Of another algorithm.
      }
    }
    throw new GeneralSecurityException("neither EC, RSA nor EdDSA");
  }

  /** Whether {@code signature} is of {@code content} by that key. */
  static boolean verifies(PublicKey key, byte[] content, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(algorithm(key));
      verifier.initVerify(key);
      verifier.update(content);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      // Not even of a signature's form.
      return false;
    }
  }

  /** As sigstore signs with keys of each kind. */
  private static String algorithm(PublicKey key) {
    return switch (key) {
      case ECPublicKey ec ->
          switch (ec.getParams().getCurve().getField().getFieldSize()) {
            case 384 -> "SHA384withECDSA";
            case 521 -> "SHA512withECDSA";
            default -> "SHA256withECDSA";
          };
      case RSAPublicKey _ -> "SHA256withRSA";
      default -> "Ed25519";
    };
  }
}
