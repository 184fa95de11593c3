package dev.gantry.linux;

/** Flags of open(2) whose values differ between x86-64 and aarch64 (asm/fcntl.h). */
final class LibcFileFlags {
  private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

  static final int DIRECTORY = ARM ? 040000 : 0200000;
  static final int NOFOLLOW = ARM ? 0100000 : 0400000;

  private LibcFileFlags() {}
}
