package dev.gantry.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.server.rpc.CallWatch;
import dev.gantry.server.rpc.CriServer;
import dev.gantry.server.rpc.SelfCall;
import dev.gantry.server.rpc.UnixAddress;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WatchdogTest {
  @TempDir private Path directory;

  /** Answers Version while {@code gate} is absent, else waits at it. */
  private static final class Answers extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    final AtomicInteger calls = new AtomicInteger();
    volatile @Nullable CountDownLatch gate;

    @Override
    public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
      calls.incrementAndGet();
      CountDownLatch closed = gate;
      try {
        if (closed != null) {
          closed.await();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      observer.onNext(VersionResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  @Test
  void isFedOnlyWhileTheDaemonAnswers() throws InterruptedException {
    UnixAddress address = new UnixAddress(directory.resolve("cri.sock"));
    Path socket = directory.resolve("notify");
    Answers answers = new Answers();
    CriServer server =
        new CriServer(address, 1 << 20, 100, List.of(answers), CallWatch.none(), _ -> {});
    server.start();
    SdNotify notify = new SdNotify(Map.of("NOTIFY_SOCKET", socket.toString()));
    try (PretendManager manager = new PretendManager(socket.toString())) {
      try (Watchdog _ = new Watchdog(notify, new SelfCall(address), Duration.ofMillis(600))) {
        hear(manager, "WATCHDOG=1");
        hear(manager, "WATCHDOG=1");
        assertThat(answers.calls.get()).isGreaterThanOrEqualTo(2);

        CountDownLatch gate = new CountDownLatch(1);
        answers.gate = gate;
        hear(manager, "STATUS=does not answer: DEADLINE_EXCEEDED");
        assertThat(manager.within(1500)).isNull();

        answers.gate = null;
        gate.countDown();
        hear(manager, "WATCHDOG=1");
        hear(manager, "STATUS=answers again");
      }
    } finally {
      server.stop(Duration.ZERO);
    }
  }

  /** Waits for it; on a busy machine a call may have come too late before. */
  private static void hear(PretendManager manager, String message) throws InterruptedException {
    String said = manager.next();
    while (said != null && !said.startsWith(message)) {
      said = manager.next();
    }
    assertThat(said).as(message).isNotNull();
  }

  @Test
  void anAbsentSocketIsNoAnswer() {
    UnixAddress address = new UnixAddress(directory.resolve("nobody.sock"));
    try (SelfCall call = new SelfCall(address)) {
      assertThat(call.failure(Duration.ofSeconds(5))).startsWith("UNAVAILABLE: ");
    }
  }
}
