package dev.gantry.image.manifest;

import dev.gantry.linux.Fault;
import dev.gantry.linux.NativeDigest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A content digest as the OCI image spec writes it, {@code algorithm:hex}; sha256 and sha512, the
 * registered ones.
 */
public record Digest(String algorithm, String hex) {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]+");

  public Digest {
    int length =
        switch (algorithm) {
          case "sha256" -> 64;
          case "sha512" -> 128;
          default ->
              throw new Fault.Invalid("digest %s:%s: unknown algorithm".formatted(algorithm, hex));
        };
    if (hex.length() != length || !HEX.matcher(hex).matches()) {
      throw new Fault.Invalid(
          "digest %s:%s: want %d lower case hex digits".formatted(algorithm, hex, length));
    }
  }

  /**
   * Reads {@code algorithm:hex}.
   *
   * @throws Fault.Invalid when it is none
   */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new Fault.Invalid("digest %s: want algorithm:hex".formatted(text));
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** The sha256 of some bytes. */
  public static Digest sha256(byte[] content) {
    return finish("sha256", messageDigest("sha256").digest(content));
  }

  /** Whether {@code content} is what this names. */
  public boolean matches(byte[] content) {
    return finish(algorithm, messageDigest(algorithm).digest(content)).equals(this);
  }

  /** A new computation of this digest's algorithm, the fastest that this machine has. */
  public MessageDigest computation() {
    return NativeDigest.open(javaName(algorithm)).orElseGet(() -> messageDigest(algorithm));
  }

  /** The digest that a computation arrived at. */
  public Digest of(MessageDigest computation) {
    return finish(algorithm, computation.digest());
  }

  /** The first 12 digits, for people. */
  public String brief() {
    return hex.substring(0, 12);
  }

  private static Digest finish(String algorithm, byte[] value) {
    return new Digest(algorithm, HexFormat.of().formatHex(value));
  }

  private static String javaName(String algorithm) {
    return algorithm.equals("sha256") ? "SHA-256" : "SHA-512";
  }

  private static MessageDigest messageDigest(String algorithm) {
    try {
      return MessageDigest.getInstance(javaName(algorithm));
    } catch (NoSuchAlgorithmException e) {
      throw new Fault.Internal("digest " + algorithm + ": not in this JDK", e);
    }
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
