package dev.gantry.image.registry;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.registry.HostFailure.Kind;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.image.registry.StallWatch.Watched;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A blob, or a range of it, as one stream over as many connections as it takes: when one breaks,
 * ends early or stalls, the next begins where it stopped, at another host where there is one.
 */
final class BlobStream extends InputStream {
  /** Failures in a row without a single new byte. */
  private static final int TRIES = 5;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private final Repository repository;
  private final Descriptor descriptor;
  private final StallWatch watch;
  private final String what;
  private final boolean wholeWelcome;
  private long offset;
  private long end;
  private int failures;
  private @Nullable Watched body;
  private @Nullable RegistryHost from;
  private @Nullable RegistryHost brokeOff;

  BlobStream(Repository repository, Descriptor descriptor, StallWatch watch) {
    this(repository, descriptor, watch, 0, descriptor.size(), false);
  }

  /**
   * A range of it.
   *
   * @param wholeWelcome whether to go on to the end of the blob when a host gives all of it instead
   */
  BlobStream(
      Repository repository,
      Descriptor descriptor,
      StallWatch watch,
      long from,
      long end,
      boolean wholeWelcome) {
    this.offset = from;
    this.end = end;
    this.wholeWelcome = wholeWelcome;
    this.repository = repository;
    this.descriptor = descriptor;
    this.watch = watch;
    this.what = "blob " + repository.name() + "@" + descriptor.digest();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int start, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (offset == end) {
        return -1;
      }
      try {
        Watched open = body == null ? open() : body;
        int count = open.read(buffer, start, (int) Math.min(length, end - offset));
        if (count > 0) {
          offset += count;
          failures = 0;
          return count;
        }
        failed("ended after %d of %d bytes".formatted(offset, end));
      } catch (InterruptedException e) {
        throw interrupted();
      } catch (Fault.Unavailable e) {
        failed(e.getMessage());
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()
            || e.getCause() instanceof InterruptedException) {
          throw interrupted();
        }
        failed(Failures.text(e));
      }
    }
  }

  /** Where it ends, which is later than asked for when a host gave the whole blob. */
  long end() {
    return end;
  }

  private Watched open() throws InterruptedException, IOException {
    Watched opened =
        repository.ask(
            Capability.PULL,
            what,
            brokeOff,
            host -> {
              from = host;
              return begin(repository.blobFrom(host, descriptor, offset, end));
            });
    body = opened;
    return opened;
  }

  private Watched begin(HttpResponse<InputStream> response) throws HostFailure, IOException {
    boolean part = response.statusCode() == 206;
    long skip = part ? 0 : offset;
    long expected = part ? end - offset : descriptor.size();
    long announced = response.headers().firstValueAsLong("content-length").orElse(expected);
    if (announced != expected) {
      response.body().close();
      throw new HostFailure(
          Kind.WRONG, "announced %d bytes, not %d".formatted(announced, expected));
    }
    if (part
        && !response
            .headers()
            .firstValue("content-range")
            .orElse("")
            .startsWith("bytes " + offset + "-")) {
      response.body().close();
      throw new HostFailure(Kind.WRONG, "answered another range");
    }
    if (!part && wholeWelcome) {
      end = descriptor.size();
    }
    Watched opened = watch.watch(response.body());
    byte[] waste = new byte[1 << 16];
    while (skip > 0) {
      int count = opened.read(waste, 0, (int) Math.min(waste.length, skip));
      if (count < 0) {
        opened.close();
        throw new IOException("ended early");
      }
      skip -= count;
    }
    return opened;
  }

  private void failed(@Nullable String why) throws IOException {
    closeBody();
    failures++;
    if (failures >= TRIES) {
      throw new Fault.Unavailable(
          "RegistryUnavailable: get %s: %s, %d times".formatted(what, why, failures));
    }
    brokeOff = from;
    try {
      Thread.sleep(FIRST_PAUSE.multipliedBy(1L << (failures - 1)));
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException(what);
  }

  private void closeBody() {
    Watched open = body;
    if (open != null) {
      open.close();
      body = null;
    }
  }

  @Override
  public void close() {
    closeBody();
  }
}
