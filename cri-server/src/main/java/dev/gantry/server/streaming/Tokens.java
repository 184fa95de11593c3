package dev.gantry.server.streaming;

import com.google.protobuf.Message;
import dev.gantry.linux.Fault;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for their client. The token is the only credential that the client shows, so
 * it has 160 random bits, works once and expires.
 */
final class Tokens {
  private static final int BYTES = 20;

  private record Waiting(Message request, Instant until) {}

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;
  private final Duration life;
  private final int most;

  /** In the order of expiry, for all live equally long. */
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();

  /**
   * @param most how many may wait at once
   */
  Tokens(InstantSource clock, Duration life, int most) {
    this.clock = clock;
    this.life = life;
    this.most = most;
  }

  /**
   * Keeps {@code request}; answers its token.
   *
   * @throws Fault.Exhausted when too many wait
   */
  synchronized String keep(Message request) {
    Instant now = clock.instant();
    dropExpired(now);
    if (waiting.size() >= most) {
      throw new Fault.Exhausted(
          "stream: %d requests wait for their clients, try again later".formatted(most));
    }
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    waiting.put(token, new Waiting(request, now.plus(life)));
    return token;
  }

  /** The request of {@code token}, only this once; null when there is none of {@code type}. */
  synchronized <T extends Message> @Nullable T take(String token, Class<T> type) {
    Waiting found = waiting.get(token);
    if (found == null
        || !type.isInstance(found.request())
        || !clock.instant().isBefore(found.until())) {
      return null;
    }
    waiting.remove(token);
    return type.cast(found.request());
  }

  private void dropExpired(Instant now) {
    for (Iterator<Waiting> i = waiting.values().iterator(); i.hasNext(); ) {
      if (now.isBefore(i.next().until())) {
        return;
      }
      i.remove();
    }
  }
}
