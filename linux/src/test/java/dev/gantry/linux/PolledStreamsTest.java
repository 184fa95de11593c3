package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PolledStreamsTest {
  private Poller poller;

  @BeforeEach
  void open() {
    poller = new Poller("test");
  }

  @AfterEach
  void close() {
    poller.close();
  }

  @Test
  void aLargeTransferArrivesAsItWasSent() throws Exception {
    byte[] sent = new byte[3_000_001];
    new Random(1).nextBytes(sent);
    try (Pipe pipe = Pipe.toProgram();
        PolledInput in = new PolledInput(poller, pipe.readEnd())) {
      PolledOutput out = new PolledOutput(poller, pipe.writeEnd());
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try (out) {
                  new ByteArrayInputStream(sent).transferTo(out);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(in.readAllBytes()).isEqualTo(sent);
      writer.join();
    }
  }

  @Test
  void closingEndsAWait() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      PolledInput in = new PolledInput(poller, pipe.readEnd());
      CompletableFuture<Throwable> ended = inThread(() -> in.read());
      in.close();
      assertThat(ended.get(10, TimeUnit.SECONDS)).isInstanceOf(Fault.Unavailable.class);
    }
  }

  @Test
  void interruptingEndsAWait() throws Exception {
    try (Pipe pipe = Pipe.open();
        PolledInput in = new PolledInput(poller, pipe.readEnd())) {
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Thread reader = Thread.startVirtualThread(() -> ended.complete(failure(() -> in.read())));
      reader.interrupt();
      assertThat(ended.get(10, TimeUnit.SECONDS)).isInstanceOf(Fault.Cancelled.class);
    }
  }

  @Test
  void writingToNobodyFails() {
    try (Pipe pipe = Pipe.toProgram()) {
      pipe.readEnd().close();
      try (PolledOutput out = new PolledOutput(poller, pipe.writeEnd())) {
        assertThatThrownBy(() -> out.write(1)).hasMessageEndingWith("EPIPE");
      }
    }
  }

  /** A connected socket of the JVM's own, by its number in /proc/self/fd: no connect(2) needed. */
  @Test
  void oneDirectionOfAConnectionEndsAlone() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TcpConnection connection =
            new TcpConnection(poller, LoopbackSocket.connecting(server.getLocalPort()));
        Socket peer = server.accept()) {
      connection.awaitConnected(java.time.Duration.ofSeconds(10));
      connection.out().write("question".getBytes(UTF_8));
      connection.out().close();
      assertThat(new String(peer.getInputStream().readAllBytes(), UTF_8)).isEqualTo("question");
      peer.getOutputStream().write("answer".getBytes(UTF_8));
      peer.shutdownOutput();
      assertThat(new String(connection.in().readAllBytes(), UTF_8)).isEqualTo("answer");
    }
  }

  private static CompletableFuture<Throwable> inThread(Runnable work) {
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread.startVirtualThread(() -> ended.complete(failure(work)));
    return ended;
  }

  private static Throwable failure(Runnable work) {
    try {
      work.run();
      return new AssertionError("did not fail");
    } catch (Throwable e) {
      return e;
    }
  }
}
