package dev.gantry.runtime.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state of a container as hooks read it (runtime.md of the OCI specification, "State").
 *
 * @param status {@code creating}, {@code running} or {@code stopped}
 * @param bundle the directory with config.json
 */
public record HookState(
    String ociVersion, String id, String status, String bundle, Map<String, String> annotations) {
  /** What stands behind the process id, which is the last of the fields. */
  public static final String AFTER_PID = "}";

  private static final ObjectMapper JSON = new ObjectMapper();

  public HookState {
    annotations = Absent.map(annotations);
  }

  /** All that stands before the process id. */
  public String beforePid() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("ociVersion", ociVersion);
    fields.put("id", id);
    fields.put("status", status);
    fields.put("bundle", bundle);
    fields.put("annotations", annotations);
    try {
      String text = JSON.writeValueAsString(fields);
      return text.substring(0, text.length() - 1) + ",\"pid\":";
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write the state of " + id + ": " + e.getOriginalMessage(), e);
    }
  }

  /** The whole of it. */
  public String text(int pid) {
    return beforePid() + pid + AFTER_PID;
  }
}
