package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilePagesTest {
  @Test
  void theCodeOfTheVirtualMachineLeavesTheProcess() throws Exception {
    long before = residentCode();
    long bytes = FilePages.unmap();
    assertThat(bytes).isGreaterThanOrEqualTo(before).isGreaterThan(1 << 20);
    // Some is back already: it is what runs.
    assertThat(residentCode()).isLessThan(before);
  }

  private static long residentCode() throws IOException {
    return FilePages.mappings(Files.readAllLines(Path.of("/proc/self/smaps"))).stream()
        .filter(m -> m.path().endsWith("/libjvm.so") && m.permissions().equals("r-xp"))
        .mapToLong(FilePages.Mapping::residentBytes)
        .sum();
  }

  @Test
  void aMappingIsReadWithItsFields() {
    List<FilePages.Mapping> mappings =
        FilePages.mappings(
            List.of(
                "7f00-7f80 r--p 00015000 fe:00 5472260                    /lib/a b (deleted)",
                "Size:              33000 kB",
                "Rss:                  12 kB",
                "Anonymous:             4 kB",
                "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0",
                "Rss:                   0 kB"));
    assertThat(mappings)
        .containsExactly(
            new FilePages.Mapping(0x7f00, 0x7f80, "r--p", "/lib/a b (deleted)", 12288, 4096),
            new FilePages.Mapping(0xffffffffff600000L, 0xffffffffff601000L, "--xp", "", 0, 0));
  }

  @Test
  void onlyWhatTheFileHasTooIsReplaceable() {
    assertThat(mapping("r-xp", "/lib/a", 0).replaceable()).isTrue();
    assertThat(mapping("r--p", "/lib/a", 0).replaceable()).isTrue();
    // Relocated by the loader, then made read-only.
    assertThat(mapping("r--p", "/lib/a", 4096).replaceable()).isFalse();
    assertThat(mapping("rw-p", "/lib/a", 0).replaceable()).isFalse();
    assertThat(mapping("r--s", "/lib/a", 0).replaceable()).isFalse();
    assertThat(mapping("r--p", "[vvar]", 0).replaceable()).isFalse();
    assertThat(mapping("r--p", "", 0).replaceable()).isFalse();
  }

  private static FilePages.Mapping mapping(String permissions, String path, long anonymous) {
    return new FilePages.Mapping(0, 0x100000, permissions, path, 0x100000, anonymous);
  }
}
