package dev.gantry.cni.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkConfigTest {
  @Test
  void listKeepsItsPluginsInOrder() {
    NetworkConfig network =
        NetworkConfig.parse(
            """
            {"cniVersion":"1.0.0","name":"net","disableCheck":true,"disableGC":"true",
             "plugins":[{"type":"bridge","ipam":{"type":"host-local"}},{"type":"portmap"}]}
            """,
            "x");
    assertThat(network.plugins())
        .extracting(PluginConfig::type)
        .containsExactly("bridge", "portmap");
    assertThat(network.plugins().getFirst().ipamType()).isEqualTo("host-local");
    assertThat(network.disableCheck()).isTrue();
    assertThat(network.disableGc()).isTrue();
    assertThat(NetworkConfig.parse(network.text(), "again")).isEqualTo(network);
  }

  @Test
  void singlePluginBecomesAListOfOne() {
    NetworkConfig network =
        NetworkConfig.parse("{\"cniVersion\":\"0.3.1\",\"name\":\"net\",\"type\":\"bridge\"}", "x");
    assertThat(network.cniVersion()).isEqualTo("0.3.1");
    assertThat(network.plugins()).hasSize(1);
    assertThat(NetworkConfig.parse(network.text(), "again")).isEqualTo(network);
  }

  @Test
  void newestVersionThatBothKnowIsUsed() {
    NetworkConfig network =
        NetworkConfig.parse(
            """
            {"cniVersion":"0.4.0","cniVersions":["1.0.0","1.1.0","7.0.0"],"name":"n",
             "plugins":[{"type":"a"}]}
            """,
            "x");
    assertThat(network.cniVersion()).isEqualTo("1.1.0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {                                                    | line 1
          []                                                   | not a JSON object
          {"name":"n"}                                         | neither plugins nor type
          {"name":"../x","plugins":[{"type":"a"}]}             | name "../x"
          {"name":"n","plugins":[]}                            | plugins: no plugin
          {"name":"n","plugins":[{}]}                          | plugins[0]: type ""
          {"name":"n","plugins":[{"type":"../../bin/sh"}]}     | plugins[0]: type "../../bin/sh"
          {"name":"n","plugins":[7]}                           | plugins[0]: not a JSON object
          {"name":"n","cniVersion":"9.0.0","type":"a"}         | cniVersion [9.0.0]
          {"name":"n","disableCheck":3,"plugins":[{"type":"a"}]}   | disableCheck
          """)
  void brokenFileIsRefusedByItsField(String text, String problem) {
    assertThatThrownBy(() -> NetworkConfig.parse(text, "10-x.conflist"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("10-x.conflist")
        .hasMessageContaining(problem);
  }

  @Test
  void pluginReadsNameVersionPreviousResultAndItsCapabilities() {
    NetworkConfig network =
        NetworkConfig.parse(
            """
            {"cniVersion":"1.0.0","name":"net","plugins":[
              {"type":"portmap","capabilities":{"portMappings":true,"mac":false},"snat":true}]}
            """,
            "x");
    ObjectNode capabilities = Json.object();
    capabilities.putArray("portMappings").addObject().put("hostPort", 80);
    capabilities.put("mac", "0a:58:0a:58:00:02");
    ObjectNode previous = Json.object().put("cniVersion", "1.0.0");

    ObjectNode input = network.plugins().getFirst().input(network, previous, capabilities);

    assertThat(Json.text(input))
        .isEqualTo(
            "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true,\"mac\":false},"
                + "\"snat\":true,\"name\":\"net\",\"cniVersion\":\"1.0.0\","
                + "\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":80}]},"
                + "\"prevResult\":{\"cniVersion\":\"1.0.0\"}}");
    assertThat(network.plugins().getFirst().json().has("name")).isFalse();
  }
}
