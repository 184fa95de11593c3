package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeqpacketSocketTest {
  @TempDir Path dir;

  @Test
  void aPathThatIsTooLongIsNamed() {
    Path path = dir.resolve("x".repeat(120));
    assertThatThrownBy(() -> SeqpacketSocket.listen(path))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("longer than 107 bytes");
  }

  @Test
  void nobodyListens() {
    assertThatThrownBy(() -> SeqpacketSocket.connect(dir.resolve("none")))
        .isInstanceOf(Fault.Syscall.class)
        .hasMessage("connect to " + dir.resolve("none") + ": ENOENT");
  }

  /** The other side is a program started with the listening socket: python3 comes with Debian. */
  @Test
  void messagesAndDescriptorsGoBothWays() throws Exception {
    Path path = dir.resolve("s");
    String program =
        """
        import os, socket, array
        if os.fork(): os._exit(0)
        listener = socket.socket(fileno=3)
        peer, _ = listener.accept()
        data, fds, _, _ = socket.recv_fds(peer, 65536, 4)
        os.write(fds[0], b'seen ' + data)
        socket.send_fds(peer, [b'answer'], [os.open('/etc/hostname', os.O_RDONLY)])
        """;
    try (Fd listener = SeqpacketSocket.listen(path);
        Fd nothing = Fd.open("/dev/null", 2, 0);
        Poller poller = new Poller("test")) {
      int status =
          Spawn.run(
              "/usr/bin/python3",
              List.of("python3", "-c", program),
              List.of(nothing, nothing, nothing, listener));
      assertThat(status).isZero();
      LinkedBlockingQueue<SeqpacketSocket.Message> received = new LinkedBlockingQueue<>();
      LinkedBlockingQueue<String> piped = new LinkedBlockingQueue<>();
      try (SeqpacketSocket socket = SeqpacketSocket.connect(path);
          Pipe pipe = Pipe.open()) {
        final long watch =
            poller.add(socket.descriptor(), () -> socket.receive().ifPresent(received::add));
        final long pipeWatch =
            poller.add(
                pipe.readEnd(),
                () -> {
                  byte[] buffer = new byte[64];
                  int count = pipe.readEnd().readNow(buffer);
                  piped.add(new String(buffer, 0, count, UTF_8));
                });
        socket.send("hello".getBytes(UTF_8), List.of(pipe.writeEnd()));

        assertThat(piped.poll(10, TimeUnit.SECONDS)).isEqualTo("seen hello");
        SeqpacketSocket.Message answer = received.poll(10, TimeUnit.SECONDS);
        assertThat(answer).isNotNull();
        poller.remove(watch);
        poller.remove(pipeWatch);
        assertThat(answer.text()).isEqualTo("answer");
        try (Fd file = answer.descriptors().getFirst()) {
          byte[] buffer = new byte[256];
          int count = file.read(buffer);
          assertThat(new String(buffer, 0, count, UTF_8))
              .isEqualTo(Files.readString(Path.of("/etc/hostname")));
        }
      }
    }
  }
}
