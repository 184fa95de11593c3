package dev.gantry.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.server.streaming.ProcessClient;
import dev.gantry.server.streaming.SpdyClient;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Exec, attach and port-forward against the real daemon, by one pod that all tests share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StreamsIT {
  /** {@code -Dgantry.streams.sessions=2000} runs the long one. */
  private static final int SESSIONS = Integer.getInteger("gantry.streams.sessions", 200);

  private static final String SERVERS =
      "nc -ll -p 7 -e cat & httpd -p [::1]:8 -h /etc; sleep 100000";

  private TestNode node;
  private Pods pods;
  private Sessions sessions;
  private PodSandboxConfig config;
  private String pod;
  private String container;

  @BeforeAll
  void start(@TempDir Path dir) throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    sessions = new Sessions(node);
    node.images()
        .pullImage(
            PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(TestNode.IMAGE))
                .build());
    config = pods.config("streams");
    pod = pods.run(config);
    container = pods.create(pod, config, pods.container("c", "sh", "-c", SERVERS).build());
    pods.start(container);
  }

  @AfterAll
  void stop() {
    try {
      pods.remove(pod);
    } finally {
      node.close();
      sessions.close();
    }
  }

  @Test
  void outputAndExitCode() throws Exception {
    String[] command = {"sh", "-c", "echo out; echo err >&2; exit 9"};
    for (ProcessClient each :
        List.of(sessions.exec(container, command), sessions.execByWebSocket(container, command))) {
      try (each) {
        assertThat(each.stdout().readAllBytes()).asString().isEqualTo("out\n");
        assertThat(each.stderr().readAllBytes()).asString().isEqualTo("err\n");
        assertThat(each.status()).contains("NonZeroExitCode", "\"message\":\"9\"");
      }
    }
  }

  @Test
  void whatIsNotThereIsAnError() throws Exception {
    try (ProcessClient client = sessions.exec(container, "no-such-program")) {
      assertThat(client.status()).contains("no-such-program", "no such file or directory");
    }
  }

  @Test
  void hundredMegabytesThereAndBack() throws Exception {
    byte[] chunk = new byte[1 << 20];
    new Random(7).nextBytes(chunk);
    MessageDigest there = MessageDigest.getInstance("SHA-256");
    MessageDigest back = MessageDigest.getInstance("SHA-256");
    try (ProcessClient client = sessions.exec(container, "cat")) {
      Thread sender =
          Thread.startVirtualThread(
              () -> {
                try {
                  for (int i = 0; i < 100; i++) {
                    chunk[i] ^= 1;
                    there.update(chunk);
                    client.send(chunk);
                  }
                  client.endInput();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      byte[] buffer = new byte[64 << 10];
      long total = 0;
      for (int n = client.stdout().read(buffer); n >= 0; n = client.stdout().read(buffer)) {
        back.update(buffer, 0, n);
        total += n;
      }
      sender.join();
      assertThat(total).isEqualTo(100L << 20);
      assertThat(back.digest()).isEqualTo(there.digest());
      assertThat(client.status()).contains("Success");
    }
  }

  @Test
  void aTerminal() throws Exception {
    try (ProcessClient client =
        sessions.execInTerminal(
            container,
            "sh",
            "-c",
            "tty; echo $TERM; read x; until [ \"$(stty size)\" = '50 132' ]; do usleep 50000; done; echo $x")) {
      assertThat(client.stdout().readNBytes(19)).asString().isEqualTo("/dev/pts/0\r\nxterm\r\n");
      client.resize(132, 50);
      client.send("typed\n".getBytes(UTF_8));
      assertThat(client.stdout().readAllBytes()).asString().isEqualTo("typed\r\ntyped\r\n");
      assertThat(client.status()).contains("Success");
    }
  }

  @Test
  void aClientThatIsCutOffTakesAllWithIt() throws Exception {
    String script =
        "(setsid sleep 7654321 &); setsid sleep 7654321 & sleep 7654321 & echo up; wait";
    try (ProcessClient client = sessions.exec(container, "sh", "-c", script)) {
      assertThat(client.stdout().readNBytes(3)).asString().isEqualTo("up\n");
      Processes.await("all run", () -> Processes.running("sleep", "7654321") == 3);
    }
    Processes.await("none is left", () -> Processes.running("sleep", "7654321") == 0);
  }

  @Test
  void severalClientsAttached() throws Exception {
    String id =
        pods.create(
            pod,
            config,
            pods.container("attached", "sh", "-c", "while read x; do echo got $x; done; echo end")
                .setStdin(true)
                .setStdinOnce(true)
                .build());
    pods.start(id);
    try (ProcessClient first = sessions.attach(id);
        ProcessClient second = sessions.attach(id)) {
      byte[] line = "got hello\n".getBytes(UTF_8);
      // The second one is attached when it hears something.
      Thread sender = Thread.startVirtualThread(() -> repeat(first, "hello\n"));
      assertThat(first.stdout().readNBytes(line.length)).isEqualTo(line);
      assertThat(second.stdout().readNBytes(line.length)).isEqualTo(line);
      sender.interrupt();
      sender.join();
      first.endInput();
      assertThat(first.stdout().readAllBytes()).asString().endsWith("end\n");
      assertThat(second.stdout().readAllBytes()).asString().endsWith("end\n");
      assertThat(second.status()).contains("Success");
    }
    assertThat(pods.awaitExit(id).getExitCode()).isZero();
  }

  private static void repeat(ProcessClient client, String line) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        client.send(line.getBytes(UTF_8));
        Thread.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void detachingLeavesTheContainerRunning() throws Exception {
    String id =
        pods.create(
            pod,
            config,
            pods.container("detached", "sh", "-c", "while read x; do echo got $x; done")
                .setStdin(true)
                .build());
    pods.start(id);
    for (int i = 0; i < 3; i++) {
      try (ProcessClient client = sessions.attach(id)) {
        client.send("again\n".getBytes(UTF_8));
        assertThat(client.stdout().readNBytes(10)).asString().isEqualTo("got again\n");
      }
      assertThat(pods.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    }
  }

  @Test
  void forwardedConnections() throws Exception {
    try (SpdyClient client = sessions.portForward(pod)) {
      for (int i = 0; i < 20; i++) {
        assertThat(echo(client, 7, "echo " + i)).isEqualTo("hello");
      }
      Forwarded ipv6 = new Forwarded(client, 8, "on ::1 only");
      client.send(ipv6.data, "GET /group HTTP/1.0\r\n\r\n".getBytes(UTF_8));
      assertThat(client.text(ipv6.data)).contains("200 OK", "extra:x:2000:web");
      Forwarded refused = new Forwarded(client, 81, "r");
      assertThat(client.text(refused.error))
          .contains("forward port 81 of pod " + pod, "ECONNREFUSED");
      assertThat(echo(client, 7, "last")).as("others go on").isEqualTo("hello");
    }
  }

  /** With the half-close: the other side answers when it has seen our end. */
  private static String echo(SpdyClient client, int port, String request) throws IOException {
    Forwarded connection = new Forwarded(client, port, request);
    client.send(connection.data, "hello".getBytes(UTF_8));
    client.end(connection.data);
    return client.text(connection.data);
  }

  private static final class Forwarded {
    final int error;
    final int data;

    Forwarded(SpdyClient client, int port, String request) throws IOException {
      error = open(client, "error", port, request);
      client.end(error);
      data = open(client, "data", port, request);
    }

    private static int open(SpdyClient client, String type, int port, String request)
        throws IOException {
      return client.open(Map.of("streamType", type, "port", "" + port, "requestID", request));
    }
  }

  @Test
  void execSyncDropsWhatIsTooMuch() {
    ExecSyncResponse answer =
        pods.exec(
            container,
            "sh",
            "-c",
            "dd if=/dev/zero bs=1M count=40 2>/dev/null; dd if=/dev/zero bs=1M count=17 >&2; exit 4");
    assertThat(answer.getStdout().size()).isEqualTo(16 << 20);
    assertThat(answer.getStderr().size()).isEqualTo(16 << 20);
    assertThat(answer.getExitCode()).isEqualTo(4);
  }

  @Test
  void execSyncThatTakesTooLongIsKilledWithAllItStarted() {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(container)
            .addAllCmd(List.of("sh", "-c", "(setsid sleep 7654322 &); sleep 7654322"))
            .setTimeout(1)
            .build();
    assertThatThrownBy(() -> node.runtime().execSync(request))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e ->
                assertThat(e.getStatus().getCode())
                    .isEqualTo(io.grpc.Status.Code.DEADLINE_EXCEEDED));
    assertThat(Processes.running("sleep", "7654322")).isZero();
  }

  @Test
  void execSyncDoesNotWaitForWhatIsInTheBackground() {
    long begin = System.nanoTime();
    assertThat(pods.exec(container, "sh", "-c", "sleep 30 & echo hi").getStdout().toStringUtf8())
        .isEqualTo("hi\n");
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin)).isLessThan(20);
  }

  @Test
  @Order(Integer.MAX_VALUE - 1)
  void nothingAddsUp() throws Exception {
    String id =
        pods.create(
            pod,
            config,
            pods.container("many", "sh", "-c", "while true; do echo x; usleep 20000; done")
                .build());
    pods.start(id);
    churn(id, 40);
    long daemon = node.daemonPid();
    long shim = Processes.shims(pod).getFirst();
    Processes.await("quiet", () -> Processes.running("sleep", "7654323") == 0);
    int descriptors = Processes.count(daemon, "fd");
    int ofShim = Processes.count(shim, "fd");
    int threads = Processes.count(daemon, "task");
    long memory = residentAfterCollection(daemon);
    long memoryOfShim = Processes.residentKib(shim);

    churn(id, SESSIONS);

    Processes.await("nothing runs", () -> Processes.running("sleep", "7654323") == 0);
    Processes.await("shim's descriptors", () -> Processes.count(shim, "fd") <= ofShim);
    Processes.await("descriptors", () -> Processes.count(daemon, "fd") <= descriptors + 2);
    Processes.await("threads", () -> Processes.count(daemon, "task") <= threads + 4);
    // Compiled code still comes; what a session left behind, times 2,000, would be more than this.
    assertThat(residentAfterCollection(daemon)).isLessThan(memory + (24 << 10));
    assertThat(Processes.residentKib(shim)).isLessThan(memoryOfShim + 64);
  }

  private static long residentAfterCollection(long daemon) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var _ = Commands.run(jcmd, Long.toString(daemon), "GC.run");
    return Processes.residentKib(daemon);
  }

  /** So many execs, a quarter of them cut off, a few attaches, half as many connections. */
  private void churn(String attached, int times) throws Exception {
    try (SpdyClient ports = sessions.portForward(pod);
        ExecutorService clients = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all =
          java.util.stream.IntStream.range(0, times)
              .<Future<?>>mapToObj(i -> clients.submit(() -> one(ports, attached, times, i)))
              .toList();
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  private Void one(SpdyClient ports, String attached, int times, int i) throws IOException {
    boolean cut = i % 4 == 0;
    try (ProcessClient client =
        cut
            ? sessions.exec(container, "sh", "-c", "echo up; sleep 7654323")
            : i % 2 == 0
                ? sessions.exec(container, "echo", "up")
                : sessions.execByWebSocket(container, "echo", "up")) {
      assertThat(client.stdout().readNBytes(3)).asString().isEqualTo("up\n");
      if (!cut) {
        assertThat(client.status()).contains("Success");
      }
    }
    if (i % 7 == 0) {
      try (ProcessClient client = sessions.attach(attached)) {
        assertThat(client.stdout().readNBytes(2)).asString().isEqualTo("x\n");
      }
    }
    if (i % 2 == 0) {
      assertThat(echo(ports, 7, times + "-" + i)).isEqualTo("hello");
    }
    return null;
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void aRestartedDaemonServesOldContainers() throws Exception {
    node.killDaemon();
    node.startDaemon();
    try (ProcessClient client = sessions.exec(container, "echo", "back")) {
      assertThat(client.stdout().readAllBytes()).asString().isEqualTo("back\n");
    }
  }
}
