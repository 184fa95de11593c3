package dev.gantry.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.Poller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shim that waits for a pod, for real. Needs root. */
class SpareShimIT {
  private static final String NAMELESS = "-".repeat(64);

  @TempDir Path base;

  @Test
  void aPodGetsTheShimThatWaits() throws Exception {
    try (Poller poller = new Poller("test spares");
        ShimLauncher launcher = new ShimLauncher(poller, new Heard())) {
      Shim first = launcher.launch(id('a'), state("first"));
      long spare = spareOf();

      Path state = state("second");
      Shim second = launcher.launch(id('b'), state);

      assertThat(second.pid()).isEqualTo((int) spare);
      assertThat(arguments(spare)).containsExactly("gantry-shim", id('b'), "1");
      assertThat(Files.readSymbolicLink(descriptor(spare, 2))).isEqualTo(state.resolve("shim.log"));
      assertThat(Files.readSymbolicLink(descriptor(spare, 4))).isEqualTo(state);
      try (SandboxHandles handles = second.sandbox(new TestPlan().op("unshare", "uts").bytes())) {
        assertThat(handles.netns()).isNull();
      }
      assertThat(spareOf()).as("the next").isNotEqualTo(spare);

      second.shutdown();
      first.shutdown();
      TestPod.eventually("the spare ends", () -> TestPod.hasEnded((int) spare));
    }
  }

  @Test
  void aSpareThatWasKilledIsDoneWithout() throws Exception {
    try (Poller poller = new Poller("test spares");
        ShimLauncher launcher = new ShimLauncher(poller, new Heard())) {
      Shim first = launcher.launch(id('c'), state("first"));
      long spare = spareOf();
      ProcessHandle.of(spare).orElseThrow().destroyForcibly();
      TestPod.eventually("the spare ends", () -> TestPod.hasEnded((int) spare));

      Shim second = launcher.launch(id('d'), state("second"));

      assertThat(second.pid()).isNotEqualTo((int) spare);
      second.shutdown();
      first.shutdown();
    }
  }

  @Test
  void aSpareEndsWithItsDaemon() throws Exception {
    long spare;
    try (Poller poller = new Poller("test spares");
        ShimLauncher launcher = new ShimLauncher(poller, new Heard())) {
      Shim shim = launcher.launch(id('e'), state("only"));
      spare = spareOf();
      shim.shutdown();
    }
    TestPod.eventually("the spare ends", () -> TestPod.hasEnded((int) spare));
  }

  private static String id(char letter) {
    return String.valueOf(letter).repeat(64);
  }

  private Path state(String name) throws IOException {
    return Files.createDirectories(base.resolve(name)).toRealPath();
  }

  private static Path descriptor(long pid, int number) {
    return Path.of("/proc", Long.toString(pid), "fd", Integer.toString(number));
  }

  /** Other daemons of this machine may have one as well: ours holds the other end of its pair. */
  private static long spareOf() throws Exception {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (true) {
      Optional<Long> found =
          ProcessHandle.allProcesses()
              .map(ProcessHandle::pid)
              .filter(SpareShimIT::isSpare)
              .filter(SpareShimIT::ours)
              .findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      assertThat(Instant.now()).as("a spare came").isBefore(deadline);
      Thread.sleep(20);
    }
  }

  private static boolean isSpare(long pid) {
    List<String> arguments = arguments(pid);
    return arguments.size() == 4 && arguments.get(1).equals(NAMELESS);
  }

  /** It runs a program of which the memory file is this process's. */
  private static boolean ours(long pid) {
    try {
      Object program = Files.getAttribute(Path.of("/proc/" + pid + "/exe"), "unix:ino");
      try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
        return descriptors.anyMatch(
            fd -> {
              try {
                return Files.getAttribute(fd, "unix:ino").equals(program);
              } catch (IOException e) {
                return false;
              }
            });
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> arguments(long pid) {
    try {
      return List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0"));
    } catch (IOException e) {
      return List.of();
    }
  }
}
