package dev.gantry.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OciOutputTest {
  @TempDir private Path directory;

  @Test
  void recursiveReadOnlyIsAmongTheMountOptionsOfFeatures() {
    assertThat(OciFeatures.parse("{\"mountOptions\":[\"ro\",\"rro\"]}").recursiveReadOnly())
        .isTrue();
    assertThat(OciFeatures.parse("{\"mountOptions\":[\"ro\"]}").recursiveReadOnly()).isFalse();
    assertThat(OciFeatures.parse("{}")).isEqualTo(OciFeatures.NONE);
    assertThatThrownBy(() -> OciFeatures.parse("usage: runtime")).isInstanceOf(Fault.Invalid.class);
  }

  @Test
  void theLastErrorOfALogIsTold() throws IOException {
    Path log = directory.resolve("log");
    assertThat(OciLog.lastError(log)).isEmpty();
    Files.writeString(
        log,
        """
        {"level":"error","msg":"first","time":"t"}
        panic: no JSON
        {"level":"error","msg":"exec: \\"/nope\\"","time":"t"}
        {"level":"warning","msg":"not this","time":"t"}
        """);
    assertThat(OciLog.lastError(log)).isEqualTo("exec: \"/nope\"");
  }
}
