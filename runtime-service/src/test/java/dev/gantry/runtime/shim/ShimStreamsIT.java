package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attach, terminals, stdin, ports, and logs under load. Needs root. */
class ShimStreamsIT {
  @TempDir Path base;
  private TestPod pod;

  @BeforeEach
  void launch() throws IOException {
    pod = new TestPod(base);
    pod.sandbox().close();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    pod.close();
  }

  @Test
  void attachedClientsReadAndWrite() throws Exception {
    start("c", "log", "sh", "-c", "while read x; do echo out $x; echo err $x >&2; done; echo end");
    try (Fd first = pod.shim().attach("c", "io");
        Fd second = pod.shim().attach("c", "oe")) {
      first.writeFully("ihello\n".getBytes(UTF_8));
      TestPod.eventually("log", () -> pod.lines("c").size() == 2);
      second.writeFully("inot wanted\n".getBytes(UTF_8));
      pod.shim().closeStdin("c");
      assertThat(pod.heard.exit("c").exitCode()).isZero();
      assertThat(new String(all(first, 'o'), UTF_8)).isEqualTo("out hello\nend\n");
      byte[] both = all(second, 'e', 'o');
      assertThat(new String(both, UTF_8)).contains("out hello\n", "err hello\n", "end\n");
    }
    assertThatThrownBy(() -> pod.shim().attach("c", "o")).isInstanceOf(Fault.Precondition.class);
  }

  @Test
  void inputLargerThanThePipeIsNotLost() throws Exception {
    start("c", "log", "sh", "-c", "sleep 0.3; wc -c");
    try (Fd client = pod.shim().attach("c", "i")) {
      byte[] chunk = new byte[1 + 16384];
      Arrays.fill(chunk, (byte) 'x');
      chunk[0] = 'i';
      for (int i = 0; i < 64; i++) {
        client.writeFully(chunk);
      }
      client.writeFully(new byte[] {'i'});
      pod.heard.exit("c");
    }
    assertThat(pod.lines("c")).containsExactly("stdout F 1048576");
  }

  @Test
  void slowClientGetsEverythingAndTheLogTooWhenTheContainerHasEnded() throws Exception {
    start("c", "log", "sh", "-c", "sleep 0.2; seq 1 400000");
    try (Fd client = pod.shim().attach("c", "o")) {
      Thread.sleep(1000);
      byte[] got = all(client, 'o');
      String text = new String(got, UTF_8);
      assertThat(text).startsWith("1\n2\n").endsWith("399999\n400000\n");
      assertThat(text.lines().count()).isEqualTo(400000);
    }
    pod.heard.exit("c");
    assertThat(pod.lines("c")).hasSize(400000);
  }

  @Test
  void containerWithATerminal() throws Exception {
    start("c", "tty", "sh", "-c", "tty; ls -l /dev/console; read x; stty size; echo got $x");
    pod.shim().resize("c", "", 50, 132);
    try (Fd client = pod.shim().attach("c", "io")) {
      client.writeFully("iyes\n".getBytes(UTF_8));
      pod.heard.exit("c");
      assertThat(new String(all(client, 'o'), UTF_8)).contains("50 132\r\n", "got yes\r\n");
    }
    assertThat(pod.lines("c"))
        .contains("stdout F /dev/pts/0", "stdout F got yes")
        .anyMatch(line -> line.startsWith("stdout F crw") && line.contains("/dev/console"));
  }

  @Test
  void processWithoutPrivilegesOpensItsOwnStdout() throws Exception {
    byte[] plan =
        pod.container(
            "c",
            p -> p.op("join", "net,uts,ipc").op("stdio", "log"),
            _ -> {},
            "sh",
            "-c",
            "echo through the link > /proc/self/fd/1");
    pod.start(
        "c",
        new String(plan, UTF_8).replace("ids\0000\0000", "ids\0001234\0001234").getBytes(UTF_8));
    assertThat(pod.heard.exit("c").exitCode()).isZero();
    assertThat(pod.lines("c")).containsExactly("stdout F through the link");
  }

  @Test
  void dialReachesAPortOfThePod() throws Exception {
    start("c", "log", "sh", "-c", "echo from the pod | nc -l -p 8080");
    for (int attempt = 0; ; attempt++) {
      try (Fd socket = pod.shim().dial(false, 8080)) {
        Thread.sleep(50);
        byte[] buffer = new byte[64];
        assertThat(new String(buffer, 0, socket.read(buffer), UTF_8)).isEqualTo("from the pod\n");
        break;
      } catch (Fault.Syscall e) {
        // Not listening yet: ECONNREFUSED on the connection under way.
        assertThat(attempt).isLessThan(100);
      }
    }
    pod.heard.exit("c");
    assertThatThrownBy(() -> pod.shim().dial(false, 0)).hasMessageContaining("dial 4 0");
  }

  @Test
  void settingsOfThePodsNetworkAreReadAndWritten() throws Exception {
    String mine = "net/ipv4/ip_unprivileged_port_start";
    String nodes = Files.readString(Path.of("/proc/sys", mine));
    pod.shim().sysctl(mine, "777");
    assertThat(pod.shim().sysctl(mine)).isEqualTo("777");
    assertThat(Files.readString(Path.of("/proc/sys", mine))).isEqualTo(nodes);
    assertThat(pod.shim().sysctl("net/ipv4/conf/lo/rp_filter")).matches("\\d");
    assertThatThrownBy(() -> pod.shim().sysctl("kernel/hostname")).isInstanceOf(Fault.class);
    assertThatThrownBy(() -> pod.shim().sysctl("net/../kernel/hostname", "x"))
        .isInstanceOf(Fault.class);
    assertThatThrownBy(() -> pod.shim().sysctl("net/ipv4/nothing"))
        .hasMessageContaining("no such file or directory");
  }

  @Test
  void logIsRotatedUnderLoadWithoutLosingALine() throws Exception {
    int lines = 300_000;
    start("c", "log", "seq", "1", Integer.toString(lines));
    int files = 1;
    while (pod.heard.nothingEnded() && files < 200) {
      Path rotated = base.resolve("c.log." + files++);
      Files.move(base.resolve("c.log"), rotated);
      try (Fd log = pod.log("c")) {
        pod.shim().reopenLog("c", log);
      }
    }
    pod.heard.exit("c");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 1; i < files; i++) {
      all.writeBytes(Files.readAllBytes(base.resolve("c.log." + i)));
    }
    all.writeBytes(Files.readAllBytes(base.resolve("c.log")));
    List<String> texts =
        all.toString(UTF_8).lines().map(l -> l.substring(l.lastIndexOf(' ') + 1)).toList();
    assertThat(files).isGreaterThan(3);
    assertThat(texts).hasSize(lines);
    for (int i = 0; i < lines; i++) {
      assertThat(texts.get(i)).isEqualTo(Integer.toString(i + 1));
    }
  }

  private void start(String id, String stdio, String... command) throws IOException {
    pod.start(
        id,
        pod.container(
            id,
            p -> p.op("join", "net,uts,ipc").op("stdio", stdio).op("stdin", "open"),
            _ -> {},
            command));
  }

  /** All datagrams of these streams to the end, which must be of no other. */
  private static byte[] all(Fd client, char... streams) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] datagram = new byte[1 + 16384];
    while (true) {
      int length = client.read(datagram);
      if (length == 0) {
        return text.toByteArray();
      }
      assertThat(new String(streams)).contains(Character.toString((char) datagram[0]));
      text.write(datagram, 1, length - 1);
    }
  }
}
