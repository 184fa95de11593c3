package dev.gantry.server.streaming;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.stream.ProcessStreams;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One exec or attach: copies between a process and a client until the process ends or the client
 * goes, tells how it ended, and closes both. When the client goes first, the process is let go at
 * once, which kills a command of exec.
 */
final class ProcessSession {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessSession.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A client that reads slowly may take this long to fetch what is in the sockets' buffers; it then
   * closes. The server must not close first: the kernel would drop what was not yet delivered.
   */
  static final Duration FETCH = Duration.ofMinutes(15);

  /** How long output may pause, after the end of the process, before it counts as ended. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  private final RemoteProcess remote;
  private final Supplier<ProcessStreams> open;

  /**
   * @param open starts the process or attaches to it
   */
  ProcessSession(RemoteProcess remote, Supplier<ProcessStreams> open) {
    this.remote = remote;
    this.open = open;
  }

  /** Runs to the end, on the calling thread and some more; interrupted when the client goes. */
  void run() {
    Thread self = Thread.currentThread();
    remote.wire().whenClosed(self::interrupt);
    try {
      tell(serve());
      if (!remote.wire().awaitClosed(FETCH)) {
        LOG.info("stream: the client did not close within {} min", FETCH.toMinutes());
      }
    } catch (IOException | InterruptedException e) {
      LOG.debug("stream: the client has gone", e);
    } finally {
      remote.wire().close();
    }
  }

  private ExitStatus serve() throws InterruptedException {
    ProcessStreams process;
    try {
      process = open.get();
    } catch (Fault.Cancelled e) {
      throw new InterruptedException(e.getMessage());
    } catch (Fault e) {
      return ExitStatus.failed(String.valueOf(e.getMessage()));
    }
    List<Thread> pumps = new ArrayList<>();
    try {
      start(pumps, "stdin", () -> copyInput(process));
      start(pumps, "resize", () -> resize(process));
      Pump out = new Pump(process.stdout(), remote.stdout());
      Pump err = new Pump(process.stderr(), remote.stderr());
      Thread outThread = start(pumps, "stdout", out);
      Thread errThread = start(pumps, "stderr", err);
      int code = process.awaitExit();
      long exited = System.nanoTime();
      finish(outThread, out, exited);
      finish(errThread, err, exited);
      return ExitStatus.exited(code);
    } catch (Fault.Cancelled e) {
      throw new InterruptedException(e.getMessage());
    } catch (Fault e) {
      return ExitStatus.failed(String.valueOf(e.getMessage()));
    } finally {
      close(remote.stdin());
      close(remote.resize());
      boolean interrupted = Thread.interrupted(); // letting go may take a few waits of its own
      process.close();
      pumps.forEach(Thread::interrupt);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits until all output has been sent, or a background child only holds the stream open. */
  private static void finish(Thread thread, Pump pump, long exited) throws InterruptedException {
    while (!thread.join(Duration.ofMillis(50))) {
      if (pump.quietFrom(exited, QUIET)) {
        return;
      }
    }
  }

  private void tell(ExitStatus status) throws IOException {
    close(remote.stdout());
    close(remote.stderr());
    remote.error().write(status.bytes(remote.jsonStatus()));
    remote.error().close();
    remote.goodbye().run();
  }

  private void copyInput(ProcessStreams process) {
    OutputStream to = process.stdin();
    if (to == null || remote.stdin() == null) {
      return;
    }
    try (to) {
      remote.stdin().transferTo(to);
    } catch (IOException | Fault e) {
      LOG.debug("stream: input ended", e);
      close(remote.stdin()); // the process reads no more: what the client still sends is dropped
    }
  }

  private void resize(ProcessStreams process) {
    if (remote.resize() == null) {
      return;
    }
    try (JsonParser parser = JSON.createParser(remote.resize());
        MappingIterator<JsonNode> sizes = JSON.readerFor(JsonNode.class).readValues(parser)) {
      parser.disable(StreamReadFeature.AUTO_CLOSE_SOURCE.mappedFeature());
      while (sizes.hasNext()) {
        JsonNode size = sizes.next();
        process.resize(size.path("Height").asInt(), size.path("Width").asInt());
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("stream: no more sizes", e);
    }
  }

  private static Thread start(List<Thread> pumps, String name, Runnable work) {
    Thread thread = Thread.ofVirtual().name("stream-" + name).start(work);
    pumps.add(thread);
    return thread;
  }

  private static void close(@Nullable AutoCloseable stream) {
    if (stream != null) {
      try {
        stream.close();
      } catch (Exception e) {
        LOG.debug("stream: close", e);
      }
    }
  }

  /** Copies output, and knows how long it has been waiting for some. */
  private static final class Pump implements Runnable {
    private static final int CHUNK = 32 << 10;

    private final @Nullable InputStream from;
    private final @Nullable OutputStream to;
    private volatile long waitingSince;
    private volatile boolean waiting;

    Pump(@Nullable InputStream from, @Nullable OutputStream to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public void run() {
      if (from == null) {
        return;
      }
      byte[] buffer = new byte[CHUNK];
      try {
        while (true) {
          waitingSince = System.nanoTime();
          waiting = true;
          int count = from.read(buffer);
          waiting = false;
          if (count < 0) {
            return;
          }
          if (to != null) { // else what nobody asked for must still not stop the process
            to.write(buffer, 0, count);
          }
        }
      } catch (IOException | Fault e) {
        LOG.debug("stream: output ended", e);
      }
    }

    /** Whether it has been waiting for output since {@code start}, or later, for so long. */
    boolean quietFrom(long start, Duration limit) {
      long since = waitingSince;
      return waiting
          && System.nanoTime() - Math.max(since, start) > limit.toNanos()
          && since == waitingSince;
    }
  }
}
