package dev.gantry.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What shims said unasked, in order. */
final class Heard implements ShimListener {
  record Exit(String containerId, ExitRecord exit) {}

  record ExecExit(String execId, int exitCode) {}

  private final BlockingQueue<Exit> exits = new LinkedBlockingQueue<>();
  private final BlockingQueue<ExecExit> execExits = new LinkedBlockingQueue<>();
  private final BlockingQueue<Integer> logErrors = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> disconnected = new LinkedBlockingQueue<>();

  @Override
  public void exited(String podId, String containerId, ExitRecord exit) {
    exits.add(new Exit(containerId, exit));
  }

  @Override
  public void execExited(String podId, String containerId, String execId, int exitCode) {
    execExits.add(new ExecExit(execId, exitCode));
  }

  @Override
  public void logFailed(String podId, String containerId, int errno) {
    logErrors.add(errno);
  }

  @Override
  public void disconnected(String podId) {
    disconnected.add(podId);
  }

  ExitRecord exit(String containerId) throws InterruptedException {
    Exit next = next(exits);
    assertThat(next.containerId()).isEqualTo(containerId);
    return next.exit();
  }

  int execExit(String execId) throws InterruptedException {
    ExecExit next = next(execExits);
    assertThat(next.execId()).isEqualTo(execId);
    return next.exitCode();
  }

  int logError() throws InterruptedException {
    return next(logErrors);
  }

  String disconnect() throws InterruptedException {
    return next(disconnected);
  }

  boolean nothingEnded() {
    return exits.isEmpty();
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(20, TimeUnit.SECONDS);
    assertThat(next).as("news of the shim within 20 s").isNotNull();
    return next;
  }
}
