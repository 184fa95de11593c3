package dev.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;

/**
 * What an OCI runtime says it can do (OCI runtime specification, features.md).
 *
 * @param recursiveReadOnly knows the mount option {@code rro}
 */
public record OciFeatures(boolean recursiveReadOnly) {
  /** Of a runtime that does not say: older ones do not. */
  public static final OciFeatures NONE = new OciFeatures(false);

  private static final ObjectMapper JSON = new ObjectMapper();

  public static OciFeatures parse(String json) {
    try {
      JsonNode options = JSON.readTree(json).path("mountOptions");
      boolean rro = options.valueStream().anyMatch(option -> option.asText().equals("rro"));
      return new OciFeatures(rro);
    } catch (JsonProcessingException e) {
      throw new Fault.Invalid("features of a runtime: " + e.getOriginalMessage(), e);
    }
  }
}
