package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs commands of OCI runtimes to their end. */
final class OciCommands {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Map<String, String> ENVIRONMENT =
      Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  /**
   * @throws Fault.Internal when it fails, with what it said
   */
  HostProgram.Ending run(List<String> words) {
    try {
      HostProgram.Ending ending = HostProgram.run(words, ENVIRONMENT, "", LIMIT);
      if (ending.failed()) {
        throw new Fault.Internal("run %s: %s".formatted(words.getFirst(), ending.words()));
      }
      return ending;
    } catch (IOException e) {
      throw new Fault.Internal("run %s: %s".formatted(words.getFirst(), e.getMessage()), e);
    }
  }

  /** The failure, if it fails. */
  Optional<Fault> tryRun(List<String> words) {
    try {
      var _ = run(words);
      return Optional.empty();
    } catch (Fault.Internal e) {
      return Optional.of(e);
    }
  }
}
