package dev.gantry.image;

/** Room on disk: bytes in whole blocks, and inodes. */
public record Usage(long bytes, long inodes) {
  public static final Usage NONE = new Usage(0, 0);

  Usage plus(Usage other) {
    return new Usage(bytes + other.bytes, inodes + other.inodes);
  }
}
