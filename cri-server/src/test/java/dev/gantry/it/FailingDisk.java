package dev.gantry.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A disk that fails every now and then, for one process and what it starts: strace(1) has one kind
 * of system call answer EIO, each thread's second, fourth, and so on, until it is closed. Calls
 * that nothing but files take, and none that the JVM reads its own classes by.
 */
final class FailingDisk implements AutoCloseable {
  static final List<String> CALLS =
      List.of(
          "fsync,fdatasync,syncfs",
          "pwrite64,ftruncate",
          "renameat2,rename",
          "mkdirat,mkdir",
          "unlinkat,unlink,rmdir",
          "mount,fsmount,move_mount");
  private static final int LIMIT_SECONDS = 60;

  private final Process strace;
  private final Path output;

  /**
   * @param calls one of {@link #CALLS}
   * @param output a file of its own
   */
  FailingDisk(long pid, String calls, Path output) throws IOException {
    this.output = output;
    this.strace =
        new ProcessBuilder(
                "strace",
                "--follow-forks",
                "--quiet=attach,exit,personality,path-resolution,thread-execve",
                "--output=" + output,
                "--trace=" + calls,
                "--inject=" + calls + ":error=EIO:when=2+2",
                "--attach=" + pid)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /** How many calls have failed. */
  int failed() throws IOException {
    try (Stream<String> lines = Files.lines(output)) {
      return (int) lines.filter(l -> l.endsWith("(INJECTED)")).count();
    }
  }

  /**
   * By SIGKILL, which has the kernel let everything go: asked to detach, or to attach, strace waits
   * forever for a thread that waits for its vfork(2).
   */
  @Override
  public void close() {
    strace.destroyForcibly();
    try {
      if (!strace.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("strace does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
