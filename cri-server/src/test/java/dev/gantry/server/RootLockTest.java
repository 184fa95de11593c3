package dev.gantry.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RootLockTest {
  @TempDir private Path root;

  @Test
  void aSecondOwnerIsToldThePidOfTheFirst() {
    try (RootLock first = RootLock.take(root)) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> RootLock.take(root))
          .isInstanceOf(Fault.Precondition.class)
          .hasMessageEndingWith("another gantryd, pid " + ProcessHandle.current().pid());
    }
    try (RootLock next = RootLock.take(root)) {
      assertThat(next).isNotNull();
    }
  }
}
