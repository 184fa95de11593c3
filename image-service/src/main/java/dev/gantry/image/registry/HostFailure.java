package dev.gantry.image.registry;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** Why one host did not give what was asked; another may. */
final class HostFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** What it means for the next try. */
  enum Kind {
    /** It has no such thing. */
    ABSENT,
    /** It wants other credentials. */
    DENIED,
    /** It gives nothing to anybody just now. */
    UNAVAILABLE,
    /** It answers what no registry should. */
    WRONG
  }

  private final Kind kind;
  private final transient Duration retryAfter;
  private final boolean passing;

  HostFailure(Kind kind, String message) {
    this(kind, message, Duration.ZERO, false);
  }

  private HostFailure(Kind kind, String message, Duration retryAfter, boolean passing) {
    super(message);
    this.kind = kind;
    this.retryAfter = retryAfter;
    this.passing = passing;
  }

  /** One that may be over in a moment. */
  static HostFailure passing(String message, Duration retryAfter) {
    return new HostFailure(Kind.UNAVAILABLE, message, retryAfter, true);
  }

  /** Of the network. What took its time to fail, or is a matter of trust, stays as it is. */
  static HostFailure of(IOException e, String context) {
    boolean lasting = e instanceof HttpTimeoutException || e instanceof SSLException;
    return new HostFailure(Kind.UNAVAILABLE, context + Failures.text(e), Duration.ZERO, !lasting);
  }

  /** Of an answer that is not the one hoped for. */
  static HostFailure of(HttpResponse<?> response, String context) {
    int status = response.statusCode();
    String text = context + "HTTP status " + status;
    return switch (status) {
      case 401, 403 -> new HostFailure(Kind.DENIED, text);
      case 404, 410 -> new HostFailure(Kind.ABSENT, text);
      case 408, 429 -> passing(text, wish(response));
      default -> status >= 500 ? passing(text, wish(response)) : new HostFailure(Kind.WRONG, text);
    };
  }

  /** Retry-After (RFC 9110 section 10.2.3) in its form with seconds. */
  private static Duration wish(HttpResponse<?> response) {
    String value = response.headers().firstValue("retry-after").orElse("");
    return value.matches("[0-9]{1,6}") ? Duration.ofSeconds(Long.parseLong(value)) : Duration.ZERO;
  }

  Kind kind() {
    return kind;
  }

  /** Whether the same host may well succeed if asked again. */
  boolean isPassing() {
    return passing;
  }

  /** Zero when the host did not say. */
  Duration retryAfter() {
    return retryAfter;
  }
}
