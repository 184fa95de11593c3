package dev.gantry.server.streaming;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** How a command ended, as the error stream tells it: a metav1.Status from version 4 on. */
final class ExitStatus {
  private final String text;
  private final ObjectNode json;

  private ExitStatus(String text, ObjectNode json) {
    this.text = text;
    this.json = json;
  }

  static ExitStatus exited(int code) {
    if (code == 0) {
      return new ExitStatus("", status("Success"));
    }
    String text = "command terminated with non-zero exit code: " + code;
    ObjectNode json = status("Failure").put("message", text).put("reason", "NonZeroExitCode");
    json.putObject("details")
        .putArray("causes")
        .addObject()
        .put("reason", "ExitCode")
        .put("message", Integer.toString(code));
    return new ExitStatus(text, json);
  }

  static ExitStatus failed(String message) {
    ObjectNode json =
        status("Failure")
            .put("message", "Internal error occurred: " + message)
            .put("reason", "InternalError")
            .put("code", 500);
    json.putObject("details").putArray("causes").addObject().put("message", message);
    return new ExitStatus(message, json);
  }

  /** As the protocol wants it; empty for nothing to tell. */
  byte[] bytes(boolean asJson) {
    return (asJson ? json.toString() : text).getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode status(String status) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putObject("metadata");
    return json.put("status", status);
  }
}
