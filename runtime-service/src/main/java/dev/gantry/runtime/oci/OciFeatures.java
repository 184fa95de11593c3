package dev.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;

/**
 * What an OCI runtime says it can do (OCI runtime specification, features.md).
 *
 * @param recursiveReadOnly knows the mount option {@code rro}
 * @param userNamespaces can enter one
 */
public record OciFeatures(boolean recursiveReadOnly, boolean userNamespaces) {
  /** Of a runtime that does not say: older ones do not. */
  public static final OciFeatures NONE = new OciFeatures(false, false);

  private static final ObjectMapper JSON = new ObjectMapper();

  public static OciFeatures parse(String json) {
    try {
      JsonNode all = JSON.readTree(json);
      return new OciFeatures(
          has(all.path("mountOptions"), "rro"), has(all.path("linux").path("namespaces"), "user"));
    } catch (JsonProcessingException e) {
      throw new Fault.Invalid("features of a runtime: " + e.getOriginalMessage(), e);
    }
  }

  private static boolean has(JsonNode names, String name) {
    return names.valueStream().anyMatch(each -> each.asText().equals(name));
  }
}
