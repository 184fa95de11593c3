package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeDigestTest {
  @ParameterizedTest
  @ValueSource(strings = {"SHA-256", "SHA-512"})
  void theSameAsTheJdk(String algorithm) throws NoSuchAlgorithmException {
    MessageDigest ours = NativeDigest.open(algorithm).orElseThrow();
    MessageDigest theirs = MessageDigest.getInstance(algorithm);
    Random random = new Random(3);
    assertThat(ours.digest()).isEqualTo(theirs.digest());
    for (int size : new int[] {1, 63, 64, 65, 4096, 65_535, 65_536, 65_537, 300_000}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      for (MessageDigest digest : new MessageDigest[] {ours, theirs}) {
        digest.update(bytes, 0, size / 2);
        digest.update(bytes, size / 2, size - size / 2);
        digest.update((byte) size);
      }
      assertThat(ours.digest()).isEqualTo(theirs.digest());
    }
    ours.update((byte) 1);
    ours.reset();
    assertThat(ours.digest()).isEqualTo(theirs.digest());
  }
}
