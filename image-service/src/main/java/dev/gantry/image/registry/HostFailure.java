package dev.gantry.image.registry;

import java.time.Duration;

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

  HostFailure(Kind kind, String message) {
    this(kind, message, Duration.ZERO);
  }

  HostFailure(Kind kind, String message, Duration retryAfter) {
    super(message);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  Kind kind() {
    return kind;
  }

  /** Zero when the host did not say. */
  Duration retryAfter() {
    return retryAfter;
  }
}
