package dev.gantry.image.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of certificates and keys between BEGIN and END lines (RFC 7468). */
public final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private record Block(String label, String base64) {}

  private final Path file;
  private final List<Block> blocks;

  private Pem(Path file, List<Block> blocks) {
    this.file = file;
    this.blocks = blocks;
  }

  public static Pem read(Path file) throws IOException {
    Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    List<Block> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    return new Pem(file, List.copyOf(blocks));
  }

  public List<Certificate> certificates() throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> found = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.equals("CERTIFICATE")) {
        found.add(factory.generateCertificate(new ByteArrayInputStream(bytes(block))));
      }
    }
    return found;
  }

  /** The first private key, in any of the three forms that openssl writes. */
  public PrivateKey privateKey() throws GeneralSecurityException {
    for (Block block : blocks) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return pkcs8(bytes(block));
        }
        case "RSA PRIVATE KEY" -> {
          return pkcs8(Pkcs8.ofRsa(bytes(block)));
        }
        case "EC PRIVATE KEY" -> {
          return pkcs8(Pkcs8.ofEc(bytes(block)));
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new GeneralSecurityException(file + ": encrypted keys are not supported");
        default -> {}
      }
    }
    throw new GeneralSecurityException(file + ": no private key in it");
  }

  private PrivateKey pkcs8(byte[] encoded) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException _) {
        // Of another algorithm.
      }
    }
    throw new GeneralSecurityException(file + ": private key is neither RSA, EC nor EdDSA");
  }

  private byte[] bytes(Block block) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(block.base64);
    } catch (IllegalArgumentException _) {
      throw new GeneralSecurityException(file + ": " + block.label + " is not base64");
    }
  }
}
