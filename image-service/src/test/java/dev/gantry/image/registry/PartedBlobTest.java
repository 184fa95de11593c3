package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.registry.TestRegistry.Heard;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartedBlobTest {
  private static final byte[] BLOB = new byte[(int) PartedBlob.WORTH_IT + 12_345];
  private static final Descriptor DESCRIPTOR;

  static {
    new Random(1).nextBytes(BLOB);
    DESCRIPTOR =
        new Descriptor("", Digest.sha256(BLOB), BLOB.length, Map.of(), Optional.empty(), "");
  }

  @TempDir private Path certs;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final AtomicInteger serving = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private TestRegistry registry(TestRegistry.Answer answer) {
    TestRegistry registry =
        new TestRegistry(
            exchange -> {
              most.accumulateAndGet(serving.incrementAndGet(), Math::max);
              try {
                answer.to(exchange);
              } finally {
                serving.decrementAndGet();
              }
            });
    open.add(registry);
    return registry;
  }

  private InputStream blob(TestRegistry registry) {
    RegistryClient client =
        new RegistryClient(
            new RegistryHosts(List.of(certs)),
            InstantSource.system(),
            new StallWatch(Duration.ofSeconds(5), 1),
            Duration.ofSeconds(5));
    open.add(client);
    return client.open(registry.name(), "app/web", RegistryAuth.none()).open(DESCRIPTOR);
  }

  /** The range asked for, at most about 9 MB/s, and of it at most {@code most} bytes. */
  private static void slowly(HttpExchange exchange, int most) throws IOException {
    String range = TestRegistry.header(exchange, "Range").replace("bytes=", "");
    int from = Integer.parseInt(range.replaceFirst("-.*", ""));
    String to = range.replaceFirst(".*-", "");
    int end = to.isEmpty() ? BLOB.length : Integer.parseInt(to) + 1;
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes %d-%d/%d".formatted(from, end - 1, BLOB.length));
    exchange.sendResponseHeaders(206, end - from);
    int stop = Math.min(end, from + most);
    for (int at = from; at < stop; at += 1 << 18) {
      exchange.getResponseBody().write(BLOB, at, Math.min(1 << 18, stop - at));
      exchange.getResponseBody().flush();
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(30);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aSlowConnectionGetsCompany() throws Exception {
    TestRegistry registry = registry(e -> slowly(e, BLOB.length));

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    // Five at once; one that has been read may still be in the server's last pause.
    assertThat(most.get()).isBetween(2, 10);
    assertThat(registry.heard()).hasSizeGreaterThan(10);
  }

  @Test
  void partsThatBreakOffAreResumed() throws Exception {
    TestRegistry registry = registry(e -> slowly(e, 1_500_000));

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(most.get()).isGreaterThan(1);
  }

  @Test
  void aServerWithoutRangesIsReadToTheEnd() throws Exception {
    TestRegistry registry = registry(e -> TestRegistry.send(e, 200, "x/y", BLOB));

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.heard()).extracting(Heard::range).containsExactly("bytes=0-8388607");
  }

  @Test
  void aPartThatNobodyHasEndsTheWhole() throws Exception {
    TestRegistry registry =
        registry(
            e -> {
              if (TestRegistry.header(e, "Range").startsWith("bytes=0-")) {
                slowly(e, BLOB.length);
              } else {
                TestRegistry.send(e, 404);
              }
            });

    try (InputStream in = blob(registry)) {
      assertThatThrownBy(in::readAllBytes).isInstanceOf(Fault.NotFound.class);
    }
  }

  @Test
  void anInterruptedReaderStops() throws Exception {
    TestRegistry registry = registry(e -> slowly(e, BLOB.length));

    try (InputStream in = blob(registry)) {
      in.readNBytes(10_000_000);
      Thread.currentThread().interrupt();
      assertThatThrownBy(in::readAllBytes).isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
