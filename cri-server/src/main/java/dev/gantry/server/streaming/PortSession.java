package dev.gantry.server.streaming;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.stream.PortStream;
import dev.gantry.runtime.stream.Streams;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One forwarded connection: copies both ways, each way ending by itself, as TCP does. A port that
 * refuses is told on the error stream.
 */
final class PortSession implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(PortSession.class);

  private final Streams streams;
  private final String podSandboxId;
  private final int port;
  private final Wire wire;
  private final InputStream in;
  private final OutputStream out;
  private final OutputStream error;
  private final Runnable abort;

  /**
   * @param abort ends the data stream so that the client sees it break off
   */
  PortSession(
      Streams streams,
      String podSandboxId,
      int port,
      Wire wire,
      InputStream in,
      OutputStream out,
      OutputStream error,
      Runnable abort) {
    this.streams = streams;
    this.podSandboxId = podSandboxId;
    this.port = port;
    this.wire = wire;
    this.in = in;
    this.out = out;
    this.error = error;
    this.abort = abort;
  }

  @Override
  public void run() {
    try (error;
        out;
        in) {
      PortStream pod;
      try {
        pod = streams.connect(podSandboxId, port);
      } catch (Fault e) {
        report(e);
        return;
      }
      Runnable hangUp = pod::close;
      wire.whenClosed(hangUp);
      try (pod) {
        copy(pod);
      } finally {
        wire.forget(hangUp);
      }
    } catch (IOException e) {
      LOG.debug("port {}: close", port, e);
    }
  }

  /** Connections break, on either side: that is told by breaking off, not as an error of ours. */
  private void copy(PortStream pod) {
    Thread upstream = Thread.ofVirtual().name("port-in").start(() -> send(pod));
    try {
      pod.in().transferTo(out);
      out.close();
      upstream.join();
    } catch (IOException | Fault e) {
      LOG.debug("port {}: connection ended", port, e);
      abort.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(PortStream pod) {
    try (OutputStream to = pod.out()) {
      in.transferTo(to);
    } catch (IOException | Fault e) {
      LOG.debug("port {}: nothing more can be sent", port, e);
      // What the client still sends goes nowhere; what the pod still says goes on.
      closeQuietly(in);
    }
  }

  private void report(Fault e) {
    String text = "forward port %d of pod %s: %s".formatted(port, podSandboxId, e.getMessage());
    try {
      error.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException gone) {
      LOG.debug("port {}: the client has gone", port, gone);
    }
    abort.run();
  }

  private static void closeQuietly(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      LOG.debug("close", e);
    }
  }
}
