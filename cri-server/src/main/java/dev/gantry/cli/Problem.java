package dev.gantry.cli;

/** What the user is told instead of a result; {@link Gantry} prints it and exits with 1. */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Problem(String message) {
    super(message);
  }

  Problem(String message, Throwable cause) {
    super(message, cause);
  }
}
