package dev.gantry.image.manifest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The x86-64 micro-architecture level (psABI, v1 to v4) of this machine's processor. */
final class CpuLevel {
  /** Flags as /proc/cpuinfo names them; each level needs those before it too. */
  private static final List<Set<String>> NEEDED =
      List.of(
          Set.of("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"),
          Set.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"),
          Set.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"));

  private CpuLevel() {}

  static String ofHost() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines.filter(l -> l.startsWith("flags")).findFirst().map(CpuLevel::of).orElse("v1");
    } catch (IOException e) {
      return "v1";
    }
  }

  static String of(String flagsLine) {
    Set<String> flags = Set.copyOf(Arrays.stream(flagsLine.split("\\s+")).distinct().toList());
    int level = 1;
    while (level <= NEEDED.size() && flags.containsAll(NEEDED.get(level - 1))) {
      level++;
    }
    return "v" + level;
  }
}
