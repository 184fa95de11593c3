package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What arrives is looked at by SdNotifyTest, where there is a receiver. */
final class UnixDatagramTest {
  @TempDir private Path directory;

  @Test
  void nobodyListens() {
    String path = directory.resolve("nobody").toString();
    assertThatThrownBy(() -> UnixDatagram.send(path, "x"))
        .isInstanceOfSatisfying(
            Fault.Syscall.class, f -> assertThat(f.errno()).isEqualTo(Errno.ENOENT))
        .hasMessage("send to " + path + ": ENOENT");
    assertThatThrownBy(() -> UnixDatagram.send("@gantry-test-nobody", "x"))
        .isInstanceOfSatisfying(
            Fault.Syscall.class, f -> assertThat(f.errno()).isEqualTo(Errno.ECONNREFUSED));
  }

  @Test
  void addressesOfOtherForms() {
    assertThatThrownBy(() -> UnixDatagram.send("relative", "x"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("socket relative: expected an absolute path or @NAME");
    assertThatThrownBy(() -> UnixDatagram.send("/" + "x".repeat(107), "x"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageEndingWith("longer than 107 bytes");
  }
}
