package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.TestImage;
import dev.gantry.linux.Fault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.ZipException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GzipStreamTest {
  static List<Supplier<RawInflater>> inflaters() {
    return List.of(RawInflater.Jdk::new, RawInflater::open);
  }

  /** Half noise, half text, of all lengths around the sizes of buffers. */
  private static byte[] mixed(int length) {
    byte[] bytes = new byte[length];
    Random random = new Random(length);
    random.nextBytes(bytes);
    for (int i = 0; i < length; i++) {
      if ((i & 0x4000) != 0) {
        bytes[i] = (byte) ('a' + (i >> 3) % 7);
      }
    }
    return bytes;
  }

  private static byte[] read(InputStream in, RawInflater inflater, int chunk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GzipStream stream = new GzipStream(in, inflater)) {
      byte[] buffer = new byte[chunk];
      int count = stream.read(buffer, 0, chunk);
      while (count >= 0) {
        out.write(buffer, 0, count);
        count = stream.read(buffer, 0, chunk);
      }
    }
    return out.toByteArray();
  }

  /** Gives a few bytes at a time, as a network does. */
  private static InputStream slow(byte[] bytes, int atOnce) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] b, int off, int len) {
        return super.read(b, off, Math.min(len, atOnce));
      }
    };
  }

  @ParameterizedTest
  @MethodSource("inflaters")
  void allComesOutHoweverItComesIn(Supplier<RawInflater> inflater) throws IOException {
    for (int length : new int[] {0, 1, 100, 65_535, 65_536, 65_537, 300_000, 1_000_003}) {
      byte[] plain = mixed(length);
      byte[] packed = TestImage.gzipped(plain);
      for (int atOnce : new int[] {7, 1000, 100_000}) {
        if (atOnce > 7 || length < 100_000) {
          assertThat(read(slow(packed, atOnce), inflater.get(), 262_144)).isEqualTo(plain);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("inflaters")
  void membersFollowEachOther(Supplier<RawInflater> inflater) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    for (int i = 0; i < 50; i++) {
      byte[] part = mixed(i * 997);
      plain.writeBytes(part);
      packed.writeBytes(TestImage.gzipped(part));
    }
    for (int atOnce : new int[] {1, 13, 70_000}) {
      assertThat(read(slow(packed.toByteArray(), atOnce), inflater.get(), 5000))
          .isEqualTo(plain.toByteArray());
    }
  }

  @ParameterizedTest
  @MethodSource("inflaters")
  void oneWrongBitIsNoticed(Supplier<RawInflater> inflater) {
    byte[] plain = mixed(200_000);
    for (int at : new int[] {5000, 60_000, 100_000}) {
      byte[] packed = TestImage.gzipped(plain);
      packed[at] ^= 4;
      assertThatThrownBy(() -> read(new ByteArrayInputStream(packed), inflater.get(), 1 << 16))
          .isInstanceOfAny(ZipException.class, Fault.Invalid.class, EOFException.class);
    }
    byte[] trailer = TestImage.gzipped(plain);
    trailer[trailer.length - 6] ^= 1;
    assertThatThrownBy(() -> read(new ByteArrayInputStream(trailer), inflater.get(), 1 << 16))
        .hasMessage("gzip: wrong checksum");
  }
}
