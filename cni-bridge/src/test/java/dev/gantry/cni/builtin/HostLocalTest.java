package dev.gantry.cni.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostLocalTest {
  @TempDir Path directory;
  private final HostLocal hostLocal = new HostLocal();

  private ObjectNode config(String ipam) {
    return Json.parseObject(
        "{\"name\":\"net\",\"ipam\":{\"type\":\"host-local\",\"dataDir\":\""
            + directory
            + "\","
            + ipam
            + "}}",
        "x");
  }

  private static Invocation owner(String id, Map<String, String> args) {
    return new Invocation(id, "/run/netns/x", "eth0", args, null, PodSysctls.NONE);
  }

  private List<String> reserve(ObjectNode config, String id) throws PluginFailure {
    return hostLocal.reserve(config, owner(id, Map.of())).addresses().stream()
        .map(ip -> ip.address().toString())
        .toList();
  }

  @Test
  void addressesGoRoundAndSkipTheGateway() throws Exception {
    ObjectNode config = config("\"subnet\":\"10.1.0.0/29\"");
    for (int i = 2; i <= 6; i++) {
      assertThat(reserve(config, "c" + i)).containsExactly("10.1.0." + i + "/29");
    }
    assertThatThrownBy(() -> reserve(config, "one-too-many"))
        .isInstanceOf(PluginFailure.class)
        .hasMessage("no IP addresses available in range set: [10.1.0.1-10.1.0.6]");
    hostLocal.release(config, owner("c3", Map.of()), null);
    assertThat(reserve(config, "next")).containsExactly("10.1.0.3/29");
  }

  @Test
  void addressGivenBackIsNotGivenAtOnceAgain() throws Exception {
    ObjectNode config = config("\"subnet\":\"10.1.0.0/24\"");
    assertThat(reserve(config, "a")).containsExactly("10.1.0.2/24");
    hostLocal.release(config, owner("a", Map.of()), null);
    assertThat(reserve(config, "b")).containsExactly("10.1.0.3/24");
  }

  @Test
  void filesAreThoseOfTheProgram() throws Exception {
    reserve(
        config("\"ranges\":[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"fd00:1::/64\"}]]"),
        "id1");
    Path network = directory.resolve("net");
    assertThat(network.resolve("10.1.0.2")).hasContent("id1\r\neth0");
    assertThat(network.resolve("fd00:1::2")).hasContent("id1\r\neth0");
    assertThat(network.resolve("last_reserved_ip.0")).hasContent("10.1.0.2");
    assertThat(network.resolve("last_reserved_ip.1")).hasContent("fd00:1::2");
    assertThat(network.resolve("lock")).exists();
  }

  @Test
  void severalRangesOfASetAreUsedOneAfterTheOther() throws Exception {
    ObjectNode config =
        config(
            "\"ranges\":[[{\"subnet\":\"10.1.0.0/24\",\"rangeStart\":\"10.1.0.5\",\"rangeEnd\":\"10.1.0.6\"},"
                + "{\"subnet\":\"10.2.0.0/24\",\"rangeStart\":\"10.2.0.9\",\"rangeEnd\":\"10.2.0.9\"}]]");
    assertThat(reserve(config, "a")).containsExactly("10.1.0.5/24");
    assertThat(reserve(config, "b")).containsExactly("10.1.0.6/24");
    assertThat(reserve(config, "c")).containsExactly("10.2.0.9/24");
    assertThatThrownBy(() -> reserve(config, "d")).isInstanceOf(PluginFailure.class);
  }

  @Test
  void failureInOneSetGivesBackWhatOthersGave() throws Exception {
    ObjectNode config =
        config(
            "\"ranges\":[[{\"subnet\":\"10.1.0.0/24\"}],"
                + "[{\"subnet\":\"10.2.0.0/24\",\"rangeStart\":\"10.2.0.2\",\"rangeEnd\":\"10.2.0.2\"}]]");
    reserve(config, "a");
    assertThatThrownBy(() -> reserve(config, "b")).isInstanceOf(PluginFailure.class);
    try (var files = Files.list(directory.resolve("net"))) {
      assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.startsWith("10.")))
          .containsExactlyInAnyOrder("10.1.0.2", "10.2.0.2");
    }
  }

  @Test
  void requestedAddressIsGivenOrRefused() throws Exception {
    ObjectNode config = config("\"subnet\":\"10.1.0.0/24\"");
    var given = hostLocal.reserve(config, owner("a", Map.of("IP", "10.1.0.77")));
    assertThat(given.addresses().getFirst().address()).hasToString("10.1.0.77/24");
    assertThatThrownBy(() -> hostLocal.reserve(config, owner("b", Map.of("IP", "10.1.0.77"))))
        .hasMessageContaining("not available");
    assertThatThrownBy(() -> hostLocal.reserve(config, owner("b", Map.of("IP", "10.9.0.7"))))
        .hasMessageContaining("in no range");
    assertThatThrownBy(() -> hostLocal.reserve(config, owner("b", Map.of("IP", "10.1.0.1"))))
        .hasMessageContaining("is the gateway");
    ObjectNode capability = config.deepCopy();
    capability.putObject("runtimeConfig").putArray("ips").add("10.1.0.78/24");
    assertThat(reserve(capability, "c")).containsExactly("10.1.0.78/24");
  }

  @Test
  void collectGivesBackWhatHasNoValidOwner() throws Exception {
    ObjectNode config = config("\"subnet\":\"10.1.0.0/24\"");
    reserve(config, "a");
    reserve(config, "b");
    Files.writeString(directory.resolve("net/10.1.0.200"), "");
    hostLocal.collect(config, Set.of(AddressStore.owner("b", "eth0")));
    assertThat(directory.resolve("net/10.1.0.2")).doesNotExist();
    assertThat(directory.resolve("net/10.1.0.200")).doesNotExist();
    assertThat(directory.resolve("net/10.1.0.3")).exists();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "subnet":"10.1.0.1/24"                                       | bits behind its prefix
          "subnet":"10.1.0.0/31"                                       | too small
          "subnet":"10.1.0.0/24","rangeEnd":"10.2.0.1"                 | not within
          "ranges":[]                                                  | no range
          "ranges":[[{"subnet":"10.1.0.0/24"},{"subnet":"fd00::/64"}]] | in one set
          "ranges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"10.1.0.0/16"}]] | overlap
          """)
  void rangesThatCannotBeAreRefused(String ipam, String problem) {
    assertThatThrownBy(() -> reserve(config(ipam), "a"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining(problem);
  }
}
