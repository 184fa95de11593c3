package dev.gantry.image.manifest;

/** What a manifest was built for; empty strings where it does not say. */
public record Platform(String os, String architecture, String variant) {

  /** The machine this runs on, with the newest variant it can execute. */
  public static Platform host() {
    return switch (System.getProperty("os.arch")) {
      case "aarch64" -> new Platform("linux", "arm64", "v8");
      case "amd64" -> new Platform("linux", "amd64", CpuLevel.ofHost());
      default -> new Platform("linux", System.getProperty("os.arch"), "");
    };
  }

  /**
   * How well a machine of this platform runs what was built for {@code built}: -1 not at all, else
   * the higher the better.
   */
  int rank(Platform built) {
    if (!os.equals(built.os) || !architecture.equals(normal(built.architecture))) {
      return -1;
    }
    return switch (architecture) {
      // A level up to our own runs; the highest is the best; none means v1 (golang.org/wiki/AMD64).
      case "amd64" -> atMost(built.variant.isEmpty() ? 1 : level(built.variant), level(variant));
      case "arm64" -> atMost(built.variant.isEmpty() ? 8 : level(built.variant), level(variant));
      default -> built.variant.equals(variant) ? 1 : -1;
    };
  }

  private static int atMost(int wanted, int own) {
    return wanted <= own ? wanted : -1;
  }

  /** The number in {@code v3}; what is none can never run. */
  private static int level(String variant) {
    return variant.matches("v[0-9]{1,2}")
        ? Integer.parseInt(variant.substring(1))
        : Integer.MAX_VALUE;
  }

  private static String normal(String architecture) {
    return switch (architecture) {
      case "x86_64", "x86-64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> architecture;
    };
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
