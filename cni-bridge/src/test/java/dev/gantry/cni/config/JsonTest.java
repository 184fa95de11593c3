package dev.gantry.cni.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class JsonTest {
  /**
   * Of 200,000 fuzzed calls: a pod with an annotation whose key has 52,117 letters was made, but
   * could not be stopped, for what was stored for its network could not be read again.
   */
  @Test
  void whatWasWrittenIsReadAgainHoweverLongItsKeysAre() {
    ObjectNode annotations = Json.object().put("k".repeat(52_117), "v".repeat(1 << 20));

    assertThat(Json.parseObject(Json.text(annotations), "stored capabilities"))
        .isEqualTo(annotations);
  }
}
