package dev.gantry.cni;

import dev.gantry.cni.plugin.PluginFailure;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The built-in plugins against Debian's programs, see {@link Conformance}. */
class ConformanceIT {
  @TempDir Path directory;

  static Stream<ConformanceCase> cases() throws PluginFailure {
    return Conformance.known(ConformanceCase.all());
  }

  @BeforeEach
  @AfterEach
  void clean() {
    new Conformance(directory).clean();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothMakeTheSameAndUndoEachOthers(ConformanceCase test) throws Exception {
    new Conformance(directory).compare(test);
  }
}
