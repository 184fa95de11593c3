package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.stream.PortStream;
import dev.gantry.runtime.stream.ProcessStreams;
import dev.gantry.runtime.stream.Streams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Processes that are made of streams only: {@code cat}, {@code say CODE}, {@code yes}, {@code
 * hold}.
 */
final class PretendStreams implements Streams {
  static final int ECHO_PORT = 7;

  final BlockingQueue<String> closed = new LinkedBlockingQueue<>();
  final BlockingQueue<String> sizes = new LinkedBlockingQueue<>();
  final AtomicLong written = new AtomicLong();

  @Override
  public ProcessStreams exec(ExecRequest request) {
    try {
      return switch (request.getCmd(0)) {
        case "cat" -> cat();
        case "say" ->
            process(
                null,
                new ByteArrayInputStream("out".getBytes(UTF_8)),
                new ByteArrayInputStream("err".getBytes(UTF_8)),
                CompletableFuture.completedFuture(Integer.parseInt(request.getCmd(1))));
        case "yes" -> process(null, new Endless(), null, new CompletableFuture<>());
        case "hold" -> process(new Full(), null, null, new CompletableFuture<>());
        default ->
            throw new Fault.Invalid("exec \"%s\": no such file".formatted(request.getCmd(0)));
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ProcessStreams cat() throws IOException {
    PipedOutputStream in = new PipedOutputStream();
    PipedInputStream out = new PipedInputStream(in, 1 << 16);
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    OutputStream input =
        new OutputStream() {
          @Override
          public void write(byte[] bytes, int from, int length) throws IOException {
            in.write(bytes, from, length);
          }

          @Override
          public void write(int one) throws IOException {
            in.write(one);
          }

          @Override
          public void close() throws IOException {
            in.close();
            exit.complete(0);
          }
        };
    return process(input, out, null, exit);
  }

  private ProcessStreams process(
      @Nullable OutputStream in,
      @Nullable InputStream out,
      @Nullable InputStream err,
      CompletableFuture<Integer> exit) {
    return new ProcessStreams() {
      @Override
      public @Nullable OutputStream stdin() {
        return in;
      }

      @Override
      public @Nullable InputStream stdout() {
        return out;
      }

      @Override
      public @Nullable InputStream stderr() {
        return err;
      }

      @Override
      public void resize(int rows, int columns) {
        sizes.add(rows + "x" + columns);
      }

      @Override
      public int awaitExit() {
        try {
          return exit.get();
        } catch (Exception e) {
          throw new Fault.Cancelled("wait", e);
        }
      }

      @Override
      public void close() {
        closed.add("process");
      }
    };
  }

  @Override
  public ProcessStreams attach(AttachRequest request) {
    return exec(ExecRequest.newBuilder().addCmd("cat").build());
  }

  @Override
  public PortStream connect(String podSandboxId, int port) {
    if (port != ECHO_PORT) {
      throw new Fault.Unavailable("connect: ECONNREFUSED");
    }
    ProcessStreams echo = exec(ExecRequest.newBuilder().addCmd("cat").build());
    return new PortStream() {
      @Override
      public InputStream in() {
        return java.util.Objects.requireNonNull(echo.stdout());
      }

      @Override
      public OutputStream out() {
        return java.util.Objects.requireNonNull(echo.stdin());
      }

      @Override
      public void close() {
        closed.add("port");
      }
    };
  }

  private final class Endless extends InputStream {
    @Override
    public int read(byte[] buffer, int from, int length) {
      written.addAndGet(length);
      return length;
    }

    @Override
    public int read() {
      return 0;
    }
  }

  private final class Full extends OutputStream {
    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      written.addAndGet(length);
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }
  }
}
