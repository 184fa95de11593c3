package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.registry.TestRegistry.Answer;
import dev.gantry.image.registry.TestRegistry.Heard;
import dev.gantry.linux.Fault;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStreamTest {
  private static final byte[] BLOB = new byte[200_000];
  private static final Descriptor DESCRIPTOR;

  static {
    new Random(1).nextBytes(BLOB);
    DESCRIPTOR =
        new Descriptor("", Digest.sha256(BLOB), BLOB.length, Map.of(), Optional.empty(), "");
  }

  @TempDir private Path certs;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private TestRegistry registry(Answer answer) {
    TestRegistry registry = new TestRegistry(answer);
    open.add(registry);
    return registry;
  }

  private InputStream blob(TestRegistry registry) {
    RegistryClient client =
        new RegistryClient(
            new RegistryHosts(List.of(certs)),
            InstantSource.system(),
            new StallWatch(Duration.ofMillis(300), 1),
            Duration.ofSeconds(5));
    open.add(client);
    return client.open(registry.name(), "app/web", RegistryAuth.none()).open(DESCRIPTOR);
  }

  /** Sends {@code count} bytes of the whole and then nothing, or the end of the connection. */
  private static Answer part(int count, boolean stall) {
    return exchange -> {
      String range = TestRegistry.header(exchange, "Range");
      if (range.isEmpty()) {
        exchange.sendResponseHeaders(200, BLOB.length);
        exchange.getResponseBody().write(BLOB, 0, count);
        exchange.getResponseBody().flush();
        if (stall) {
          sleepLong();
        }
        return;
      }
      int start = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(start, BLOB.length - 1, BLOB.length));
      TestRegistry.send(
          exchange, 206, "application/octet-stream", Arrays.copyOfRange(BLOB, start, BLOB.length));
    };
  }

  @Test
  void aWholeBlob() throws Exception {
    TestRegistry registry = registry(part(BLOB.length, false));

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.heard()).hasSize(1);
  }

  @Test
  void aBrokenConnectionIsResumedWhereItStopped() throws Exception {
    TestRegistry registry = registry(part(50_000, false));

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.heard()).hasSize(2);
    assertThat(registry.heard().get(1).range()).matches("bytes=[1-9][0-9]*-.*");
  }

  @Test
  void aStalledConnectionIsResumedToo() throws Exception {
    TestRegistry registry = registry(part(50_000, true));

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
    assertThat(registry.heard()).extracting(Heard::range).contains("bytes=50000-");
  }

  @Test
  void aServerWithoutRangesSendsItAllAgain() throws Exception {
    TestRegistry registry =
        registry(
            exchange -> {
              exchange.sendResponseHeaders(200, BLOB.length);
              boolean first = TestRegistry.header(exchange, "Range").isEmpty();
              exchange.getResponseBody().write(BLOB, 0, first ? 70_000 : BLOB.length);
            });

    try (InputStream in = blob(registry)) {
      assertThat(in.readAllBytes()).isEqualTo(BLOB);
    }
  }

  @Test
  void anAnnouncedSizeThatDiffersIsRefused() throws Exception {
    TestRegistry registry =
        registry(exchange -> TestRegistry.send(exchange, 200, "x/y", new byte[7]));

    try (InputStream in = blob(registry)) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageContaining("announced 7 bytes, not 200000");
    }
  }

  @Test
  void anInterruptedReaderStops() throws Exception {
    TestRegistry registry = registry(part(10, true));
    RegistryClient client =
        new RegistryClient(new RegistryHosts(List.of(certs)), InstantSource.system());
    open.add(client);
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (InputStream in =
                      client
                          .open(registry.name(), "app/web", RegistryAuth.none())
                          .open(DESCRIPTOR)) {
                    in.readAllBytes();
                    end.completeExceptionally(new AssertionError("read all"));
                  } catch (Exception e) {
                    end.complete(e);
                  }
                });
    Thread.sleep(300);

    reader.interrupt();

    assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
  }

  private static void sleepLong() {
    try {
      Thread.sleep(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
