package dev.gantry.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gantry.linux.Fault;

/** {@code config.json} as text. Reading ignores what the specification has and Gantry does not. */
public final class OciJson {
  /** Keys are as long as the annotations that a caller sends. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNameLength(Integer.MAX_VALUE).build())
                  .build())
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_EMPTY, JsonInclude.Include.USE_DEFAULTS))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private OciJson() {}

  /** Two spaces of indent, {@code \n} line ends: the same on every machine. */
  public static String write(OciSpec spec) {
    return text(spec);
  }

  public static String write(OciProcess process) {
    return text(process);
  }

  public static String write(OciResources resources) {
    return text(resources);
  }

  private static String text(Object value) {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
    try {
      return MAPPER.writer(printer).writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write config.json: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * @throws Fault.Invalid when it is not a configuration
   */
  public static OciSpec read(String json) {
    try {
      return MAPPER.readValue(json, OciSpec.class);
    } catch (JsonProcessingException e) {
      throw new Fault.Invalid("read config.json: " + e.getOriginalMessage(), e);
    }
  }
}
