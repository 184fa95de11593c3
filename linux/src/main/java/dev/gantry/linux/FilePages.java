package dev.gantry.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pages of files that this process has mapped to read or execute: the JVM's code and its AOT cache.
 * A start goes through nearly all of the cache, 33 MiB, and what follows needs a fifth of it.
 *
 * <p>Taken out of the process, a page stays in the kernel's cache of the file until something else
 * needs the room, and is mapped again, with its neighbours, when it is next touched.
 */
public final class FilePages {
  /** Not worth two system calls below. */
  private static final long LEAST_BYTES = 1 << 20;

  private static final int MADV_DONTNEED = 4;
  private static final int MADV_COLD = 20;
  private static final Path SMAPS = Path.of("/proc/self/smaps");

  private FilePages() {}

  /**
   * Takes them out of this process.
   *
   * @return how many bytes were in it
   * @throws Fault.Syscall when madvise(2) refuses
   */
  public static long unmap() {
    long bytes = 0;
    for (Mapping mapping : mappings(smaps())) {
      if (mapping.replaceable() && mapping.residentBytes() >= LEAST_BYTES) {
        // First in the kernel's list of what it takes back, then out of the process.
        advise(mapping, MADV_COLD);
        advise(mapping, MADV_DONTNEED);
        bytes += mapping.residentBytes();
      }
    }
    return bytes;
  }

  private static List<String> smaps() {
    try {
      return Files.readAllLines(SMAPS);
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(SMAPS, e.getMessage()), e);
    }
  }

  private static void advise(Mapping mapping, int advice) {
    int rc = LibcMemory.C.madvise(mapping.start(), mapping.end() - mapping.start(), advice);
    if (rc < 0) {
      throw Native.failure(Native.errno(), "madvise %s, advice %d".formatted(mapping, advice));
    }
  }

  /** Those of proc_pid_smaps(5). */
  static List<Mapping> mappings(List<String> smaps) {
    List<Mapping> mappings = new ArrayList<>();
    for (int i = 0; i < smaps.size(); ) {
      int end = i + 1;
      // A head begins with an address in small hexadecimal letters, a field with a capital.
      while (end < smaps.size() && Character.isUpperCase(smaps.get(end).charAt(0))) {
        end++;
      }
      mappings.add(Mapping.parse(smaps.get(i), smaps.subList(i + 1, end)));
      i = end;
    }
    return mappings;
  }

  /** A range of addresses with the same file behind it; {@code path} is empty without one. */
  record Mapping(
      long start,
      long end,
      String permissions,
      String path,
      long residentBytes,
      long anonymousBytes) {
    static Mapping parse(String head, List<String> fields) {
      String[] words = head.split(" +", 6);
      String[] range = words[0].split("-", 2);
      return new Mapping(
          Long.parseUnsignedLong(range[0], 16),
          Long.parseUnsignedLong(range[1], 16),
          words[1],
          words.length < 6 ? "" : words[5],
          bytes(fields, "Rss:"),
          bytes(fields, "Anonymous:"));
    }

    private static long bytes(List<String> fields, String name) {
      for (String field : fields) {
        if (field.startsWith(name)) {
          String[] words = field.split(" +", 3);
          return Long.parseLong(words[1]) * 1024;
        }
      }
      return 0;
    }

    /**
     * Whether the file has all of it. MADV_DONTNEED drops what a process has written to its private
     * pages, as the loader does to those of relocations, which are read-only too afterwards.
     */
    boolean replaceable() {
      return path.startsWith("/")
          && permissions.startsWith("r-")
          && permissions.endsWith("p")
          && anonymousBytes == 0;
    }

    @Override
    public String toString() {
      return "%x-%x %s %s".formatted(start, end, permissions, path);
    }
  }
}
