package dev.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The log of a call of an OCI runtime: an object in each line, with {@code level} and {@code msg}.
 */
public final class OciLog {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_READ = 1 << 20;

  private OciLog() {}

  /** The last error in it; empty when there is none. */
  public static String lastError(Path file) {
    String last = "";
    for (String line : text(file).lines().toList()) {
      JsonNode entry = parse(line);
      String level = entry.path("level").asText();
      if (level.equals("error") || level.equals("fatal")) {
        last = entry.path("msg").asText();
      }
    }
    return last;
  }

  private static String text(Path file) {
    if (!Files.exists(file)) {
      return "";
    }
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_READ), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }

  /** A line that is no JSON says nothing. */
  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
