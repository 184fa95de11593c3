package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {
  @TempDir private Path directory;

  private PrivateKey read(String label, byte[] der) throws Exception {
    String text =
        "some text\n-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(label, Base64.getMimeEncoder().encodeToString(der), label);
    Path file = Files.writeString(directory.resolve("key.pem"), text);
    return Pem.read(file).privateKey();
  }

  private static PrivateKey generate(String algorithm, int size) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(size);
    return generator.generateKeyPair().getPrivate();
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048})
  void rsaKeysInBothForms(int size) throws Exception {
    PrivateKey key = generate("RSA", size);
    byte[] pkcs8 = key.getEncoded();

    assertThat(read("PRIVATE KEY", pkcs8)).isEqualTo(key);
    // SEQUENCE, version, algorithm and OCTET STRING are 26 bytes in front of PKCS #1.
    assertThat(read("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length))).isEqualTo(key);
  }

  @Test
  void ellipticKeysInBothForms() throws Exception {
    PrivateKey key = generate("EC", 256);
    assertThat(read("PRIVATE KEY", key.getEncoded())).isEqualTo(key);

    byte[] secret = new byte[32];
    secret[31] = 5;
    byte[] head = {0x30, 49, 2, 1, 1, 4, 32};
    byte[] curve = {(byte) 0xa0, 10, 6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 3, 1, 7};
    byte[] sec1 =
        ByteBuffer.allocate(head.length + secret.length + curve.length)
            .put(head)
            .put(secret)
            .put(curve)
            .array();

    assertThat(((ECPrivateKey) read("EC PRIVATE KEY", sec1)).getS()).isEqualTo(5);
  }

  @Test
  void edwardsKeys() throws Exception {
    PrivateKey key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();

    assertThat(read("PRIVATE KEY", key.getEncoded())).isEqualTo(key);
  }

  @Test
  void whatIsNoKeyIsRefused() {
    assertThatThrownBy(() -> read("ENCRYPTED PRIVATE KEY", new byte[] {1}))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("encrypted");
    assertThatThrownBy(() -> read("CERTIFICATE", new byte[] {1}))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("no private key");
    assertThatThrownBy(() -> read("PRIVATE KEY", "nonsense".getBytes(UTF_8)))
        .isInstanceOf(GeneralSecurityException.class);
  }
}
