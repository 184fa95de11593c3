package dev.gantry.image.registry;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.HexFormat;

/**
 * Wraps the older encodings of private keys, PKCS #1 (RFC 8017) and SEC 1 (RFC 5915), as PKCS #8
 * (RFC 5958), the one that the JDK reads.
 */
final class Pkcs8 {
  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int CONTEXT_0 = 0xa0;

  private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");

  /** rsaEncryption (1.2.840.113549.1.1.1) and its NULL parameter. */
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");

  /** id-ecPublicKey (1.2.840.10045.2.1); the curve follows. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private Pkcs8() {}

  static byte[] ofRsa(byte[] pkcs1) {
    return wrap(RSA, pkcs1);
  }

  static byte[] ofEc(byte[] sec1) throws GeneralSecurityException {
    try {
      ByteBuffer key = content(ByteBuffer.wrap(sec1), SEQUENCE);
      content(key, INTEGER);
      content(key, OCTET_STRING);
      ByteBuffer curve = content(key, CONTEXT_0);
      byte[] parameters = new byte[curve.remaining()];
      curve.get(parameters);
      return wrap(join(EC, parameters), sec1);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new GeneralSecurityException("EC private key: malformed, or without its curve", e);
    }
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tagged(
        SEQUENCE, join(VERSION_0, join(tagged(SEQUENCE, algorithm), tagged(OCTET_STRING, key))));
  }

  /** The content of the element at the position, which moves behind it. */
  private static ByteBuffer content(ByteBuffer from, int tag) {
    if ((from.get() & 0xff) != tag) {
      throw new IllegalArgumentException("unexpected tag");
    }
    int length = from.get() & 0xff;
    if (length > 0x84) {
      throw new IllegalArgumentException("unexpected length");
    }
    if (length >= 0x80) {
      int bytes = length & 0x7f;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) | (from.get() & 0xff);
      }
    }
    ByteBuffer content = from.slice().limit(length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] tagged(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 6);
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      // No key is longer than two bytes can say.
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }
}
