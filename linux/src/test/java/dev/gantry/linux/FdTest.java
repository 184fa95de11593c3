package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FdTest {
  private static final int O_WRONLY_CREAT = 0x41;

  @TempDir Path dir;

  @Test
  void writesAndReads() throws IOException {
    Path file = dir.resolve("f");
    try (Fd fd = Fd.open(file.toString(), O_WRONLY_CREAT, 0600)) {
      fd.writeFully("hello".getBytes(UTF_8));
    }
    assertThat(Files.readString(file)).isEqualTo("hello");
    try (Fd fd = Fd.open(file.toString(), 0, 0)) {
      byte[] buffer = new byte[16];
      assertThat(fd.read(buffer)).isEqualTo(5);
    }
  }

  @Test
  void aFailureNamesTheCallThePathAndTheErrno() {
    assertThatThrownBy(() -> Fd.open(dir + "/no/such", 0, 0))
        .isInstanceOfSatisfying(
            Fault.Syscall.class, f -> assertThat(f.errno()).isEqualTo(Errno.ENOENT))
        .hasMessage("open " + dir + "/no/such: ENOENT");
  }

  @Test
  void closingTwiceClosesOnce() {
    Fd fd = Fd.open("/dev/null", 0, 0);
    fd.close();
    fd.close();
    assertThatThrownBy(fd::number).isInstanceOf(IllegalStateException.class);
  }
}
