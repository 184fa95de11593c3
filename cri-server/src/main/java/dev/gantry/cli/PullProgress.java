package dev.gantry.cli;

import dev.gantry.cri.admin.v1.TransfersRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Tells on standard error how far a pull is while it runs. Says nothing of runtimes that cannot
 * tell.
 */
final class PullProgress implements AutoCloseable {
  private static final long PERIOD_MS = 200;

  private final Connection connection;
  private final TransfersRequest request;
  private final LayerBars bars = new LayerBars(System.err, isTerminal());
  private final Thread thread;

  /** Begins. */
  PullProgress(Connection connection, String image) {
    this.connection = connection;
    this.request = TransfersRequest.newBuilder().setImage(image).build();
    this.thread = Thread.ofVirtual().start(this::watch);
  }

  /** Of standard error; {@link System#console} speaks of the other two. */
  private static boolean isTerminal() {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MS);
        bars.show(connection.imageAdmin().transfers(request).getTransfersList());
      }
    } catch (InterruptedException e) {
      // The end of the pull.
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED
          && e.getStatus().getCode() != Status.Code.CANCELLED) {
        System.err.println("progress: " + e.getStatus().getDescription());
      }
    }
  }

  /** The pull has come to its good end: so have all layers. */
  void complete() {
    close();
    bars.show(List.of());
  }

  /** Ends, wherever the pull is. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
