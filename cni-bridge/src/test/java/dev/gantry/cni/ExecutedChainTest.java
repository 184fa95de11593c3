package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cni.PortMapping.Protocol;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chains of plugins that are small shell scripts, each logging what it was asked. */
class ExecutedChainTest {
  private static final String LOG =
      """
      echo "$CNI_COMMAND $(basename $0) $CNI_CONTAINERID $CNI_IFNAME $CNI_NETNS $CNI_ARGS" >> @LOG@
      cat > @DIR@/$(basename $0).$CNI_COMMAND
      """;
  private static final String RESULT =
      "[ $CNI_COMMAND = ADD ] && echo '{\"cniVersion\":\"1.0.0\","
          + "\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/x\"}],"
          + "\"ips\":[{\"interface\":0,\"address\":\"10.7.0.2/24\",\"gateway\":\"10.7.0.1\"}],"
          + "\"dns\":{\"nameservers\":[\"10.7.0.53\"]}}'\nexit 0\n";
  private static final String PASS =
      "[ $CNI_COMMAND = ADD ] && echo '{\"cniVersion\":\"1.0.0\","
          + "\"ips\":[{\"address\":\"10.7.0.2/24\"}]}'\nexit 0\n";

  @TempDir Path directory;
  private NetworksFixture fixture;

  @BeforeEach
  void start() {
    fixture = new NetworksFixture(directory);
    fixture.builtinPlugins = false;
    fixture.defaultNetwork = false;
    fixture.binDirs = List.of(directory.resolve("none"), fixture.binDir);
    fixture.conf(
        "10-net.conflist",
        """
        {"cniVersion":"1.0.0","name":"net","plugins":[
          {"type":"first","key":"value"},
          {"type":"second","capabilities":{"portMappings":true}}]}
        """);
    plugin("first", RESULT);
    plugin("second", PASS);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void plugin(String name, String body) {
    fixture.plugin(
        name,
        LOG.replace("@LOG@", directory.resolve("log").toString())
                .replace("@DIR@", directory.toString())
            + body);
  }

  private String log() throws IOException {
    Path file = directory.resolve("log");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private String input(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  @Test
  void resultGoesFromPluginToPluginAndBack() throws IOException {
    Networks networks = fixture.networks();
    Attachment attachment =
        networks.attach(
            new AttachmentRequest(
                "c1",
                "/run/netns/none",
                null,
                Map.of("K8S_POD_NAME", "web"),
                List.of(new PortMapping(Protocol.UDP, 53, 5353, "")),
                Map.of("mac", "0a:58:00:00:00:01"),
                PodSysctls.NONE));

    assertThat(attachment.addresses())
        .containsExactly(
            new Attachment.Address("", java.net.InetAddress.ofLiteral("10.7.0.2"), 24, null));
    assertThat(input("first.ADD"))
        .contains("\"key\":\"value\"", "\"name\":\"net\"")
        .doesNotContain("prevResult", "runtimeConfig");
    assertThat(input("second.ADD"))
        .contains("\"prevResult\":{", "\"nameservers\":[\"10.7.0.53\"]")
        .contains(
            "\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":53,\"containerPort\":5353,"
                + "\"protocol\":\"udp\",\"hostIP\":\"\"}]}")
        .doesNotContain("0a:58");

    networks.check(NetworksFixture.request("c1"));
    networks.detach(new DetachRequest("c1", null, null));
    String who = " c1 eth0 ";
    String args = " IgnoreUnknown=1;K8S_POD_NAME=web\n";
    assertThat(log())
        .isEqualTo(
            "ADD first"
                + who
                + "/run/netns/none"
                + args
                + "ADD second"
                + who
                + "/run/netns/none"
                + args
                + "CHECK first"
                + who
                + "/run/netns/none"
                + args
                + "CHECK second"
                + who
                + "/run/netns/none"
                + args
                + "DEL second"
                + who
                + args
                + "DEL first"
                + who
                + args);
    assertThat(input("first.DEL")).contains("\"prevResult\":{\"cniVersion\":\"1.0.0\",\"ips\"");
    assertThat(networks.reservations()).isEmpty();
  }

  @Test
  void resultIsCachedAsLibcniDoes() throws IOException {
    Networks networks = fixture.networks();
    networks.attach(NetworksFixture.request("c1"));
    Path file = fixture.cacheDir.resolve("results/net-c1-eth0");
    var json = Json.parseObject(Files.readString(file), "cache");
    assertThat(json.path("kind").asText()).isEqualTo("cniCacheV1");
    assertThat(json.path("networkName").asText()).isEqualTo("net");
    assertThat(json.path("result").path("ips")).hasSize(1);
    assertThat(json.path("cniArgs").path(1).path(0).asText()).isEqualTo("K");
    byte[] config = Base64.getDecoder().decode(json.path("config").asText());
    assertThat(new String(config, StandardCharsets.UTF_8)).contains("\"type\":\"second\"");
    networks.detach(new DetachRequest("c1", null, null));
    assertThat(file).doesNotExist();
  }

  @Test
  void deletionUsesTheConfigurationOfItsAddition() throws IOException {
    Networks networks = fixture.networks();
    networks.attach(NetworksFixture.request("c1"));
    fixture.conf(
        "10-net.conflist",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"other\",\"plugins\":[{\"type\":\"third\"}]}");
    fixture.restart().detach(new DetachRequest("c1", null, null));
    assertThat(log()).contains("DEL first", "DEL second").doesNotContain("third");
  }

  @Test
  void failedAdditionIsUndoneAndToldWithAllThePluginSaid() throws IOException {
    plugin(
        "second",
        """
        [ $CNI_COMMAND = DEL ] && exit 0
        echo 'some trace' >&2
        echo '{"cniVersion":"1.0.0","code":11,"msg":"busy","details":"later"}'
        exit 1
        """);
    Networks networks = fixture.networks();
    assertThatThrownBy(() -> networks.attach(NetworksFixture.request("c1")))
        .isInstanceOf(Fault.Unavailable.class)
        .hasMessage("network net: plugin second ADD: busy; later (code 11); stderr: some trace");
    assertThat(log()).contains("DEL second", "DEL first");
    assertThat(networks.reservations()).isEmpty();
  }

  @Test
  void failedUndoKeepsTheReservationUntilItSucceeds() throws IOException {
    plugin("second", "exit 3\n");
    Networks networks = fixture.networks();
    assertThatThrownBy(() -> networks.attach(NetworksFixture.request("c1")))
        .hasMessage("network net: plugin second ADD: exit status 3");
    assertThat(networks.reservations()).containsExactly("c1");
    // The address was given back all the same: the other plugins were asked.
    assertThat(log()).contains("DEL first");

    assertThat(fixture.restart().recover(Set.of())).isEmpty();
    plugin("second", "exit 0\n");
    assertThat(fixture.networks().recover(Set.of("other"))).containsExactly("c1");
    assertThat(fixture.networks().reservations()).isEmpty();
  }

  @Test
  void pluginThatIsGoneDoesNotKeepAContainer() throws IOException {
    Networks networks = fixture.networks();
    networks.attach(NetworksFixture.request("c1"));
    Files.delete(fixture.binDir.resolve("second"));
    networks.detach(new DetachRequest("c1", null, null));
    assertThat(networks.reservations()).isEmpty();
    assertThat(log()).contains("DEL first");
  }

  @Test
  @Timeout(20)
  void slowPluginIsKilledWithItsChildren() {
    fixture.pluginTimeout = Duration.ofMillis(500);
    plugin("second", "[ $CNI_COMMAND = DEL ] && exit 0\nsleep 987 &\nsleep 988\n");
    assertThatThrownBy(() -> fixture.networks().attach(NetworksFixture.request("c1")))
        .isInstanceOf(Fault.Timeout.class)
        .hasMessageContaining("second")
        .hasMessageContaining("not done after PT0.5S");
    assertThat(
            ProcessHandle.current()
                .descendants()
                .filter(p -> p.info().commandLine().orElse("").contains("sleep 98")))
        .isEmpty();
  }

  @Test
  @Timeout(20)
  void interruptedAdditionIsKilledAndUndone() throws Exception {
    plugin("second", "[ $CNI_COMMAND = DEL ] && exit 0\nsleep 986\n");
    Networks networks = fixture.networks();
    var failure = new java.util.concurrent.CompletableFuture<Throwable>();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    networks.attach(NetworksFixture.request("c1"));
                    failure.complete(new AssertionError("attached"));
                  } catch (Fault e) {
                    failure.complete(e);
                  }
                });
    while (!log().contains("ADD second")) {
      Thread.sleep(10);
    }
    caller.interrupt();
    assertThat(failure.get()).isInstanceOf(Fault.Cancelled.class);
    assertThat(log()).contains("DEL second", "DEL first");
    assertThat(networks.reservations()).isEmpty();
  }

  @Test
  void stateTellsWhatIsMissing() throws IOException {
    Networks networks = fixture.networks();
    assertThat(networks.state()).isEqualTo(new NetworkState(true, "", ""));

    Files.delete(fixture.binDir.resolve("second"));
    assertThat(networks.state().ready()).isFalse();
    assertThat(networks.state().message()).contains("find plugin second");

    fixture.conf("10-net.conflist", "{");
    assertThat(networks.state().message()).contains("10-net.conflist", "line 1");

    Files.delete(fixture.confDir.resolve("10-net.conflist"));
    assertThat(networks.state())
        .isEqualTo(
            new NetworkState(
                false, "NetworkPluginNotReady", "no network configuration in " + fixture.confDir));
    assertThatThrownBy(() -> networks.attach(NetworksFixture.request("c1")))
        .isInstanceOf(Fault.Unavailable.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 51})
  void stateIsWhatThePluginsSay(int code) {
    fixture.conf(
        "10-net.conflist",
        "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"plugins\":[{\"type\":\"first\"}]}");
    plugin(
        "first",
        "echo '{\"code\":CODE,\"msg\":\"agent is not running\"}'; exit 1\n"
            .replace("CODE", String.valueOf(code)));
    assertThat(fixture.networks().state().message())
        .isEqualTo("network net: plugin first STATUS: agent is not running (code " + code + ")");
    plugin("first", "exit 0\n");
    assertThat(fixture.networks().state().ready()).isTrue();
  }

  @Test
  void severalNetworksHaveAnInterfaceEach() throws IOException {
    fixture.maxConfNum = 0;
    fixture.conf("20-more.conf", "{\"cniVersion\":\"0.3.1\",\"name\":\"more\",\"type\":\"first\"}");
    Networks networks = fixture.networks();
    assertThat(networks.attach(NetworksFixture.request("c1")).addresses()).hasSize(2);
    assertThat(log()).contains("ADD first c1 eth1");
    networks.detach(new DetachRequest("c1", null, null));
    assertThat(log()).endsWith("DEL first c1 eth0  IgnoreUnknown=1;K=v\n");
    assertThat(networks.reservations()).isEmpty();
  }

  @Test
  void collectTellsPluginsWhatIsValid() throws IOException {
    fixture.conf(
        "10-net.conflist",
        "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"plugins\":[{\"type\":\"first\"}]}");
    Networks networks = fixture.networks();
    networks.attach(NetworksFixture.request("c1"));
    networks.attach(NetworksFixture.request("c2"));
    assertThat(networks.recover(Set.of("c2"))).containsExactly("c1");
    assertThat(input("first.GC"))
        .contains("\"cni.dev/valid-attachments\":[{\"containerID\":\"c2\",\"ifname\":\"eth0\"}]");
  }

  @Test
  void argumentsThatWouldBecomeOthersAreRefused() {
    assertThatThrownBy(
            () ->
                new AttachmentRequest(
                    "c1",
                    "/n",
                    null,
                    Map.of("A", "b;IP=1.2.3.4"),
                    List.of(),
                    Map.of(),
                    PodSysctls.NONE))
        .isInstanceOf(Fault.Invalid.class);
    assertThatThrownBy(() -> new DetachRequest("../c1", null, null))
        .isInstanceOf(Fault.Invalid.class);
  }

  @Test
  void chattyPluginDoesNotBlock() {
    plugin(
        "second",
        "[ $CNI_COMMAND = DEL ] && exit 0\nhead -c 9000000 /dev/zero | tr '\\0' x >&2\n" + PASS);
    Networks networks = fixture.networks();
    assertThat(networks.attach(NetworksFixture.request("c1")).addresses()).hasSize(1);
    networks.detach(new DetachRequest("c1", null, null));
  }

  @Test
  void podCidrBecomesAConfigurationByItsTemplate() throws IOException {
    Path template = directory.resolve("template");
    NetworksFixture.write(
        template,
        """
        {"cniVersion":"1.0.0","name":"made","plugins":[{"type":"first","ipam":{"ranges":[
          {{range $i, $r := .PodCIDRRanges}}{{if $i}},{{end}}[{"subnet":"{{$r}}"}]{{end}}]}}]}
        """);
    fixture.confTemplate = template;
    fixture.networks().podCidr("10.1.0.0/24");
    // An add-on has put its own in place.
    assertThat(fixture.confDir.resolve("10-gantry.conflist")).doesNotExist();

    Files.delete(fixture.confDir.resolve("10-net.conflist"));
    assertThat(fixture.networks().state().ready()).isFalse();
    fixture.networks().podCidr("10.1.0.0/24,fd00:1::/64");
    assertThat(fixture.networks().state().ready()).isTrue();
    fixture.networks().attach(NetworksFixture.request("c1"));
    assertThat(input("first.ADD"))
        .contains("[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"fd00:1::/64\"}]");
    fixture.networks().podCidr("10.2.0.0/24");
    assertThat(fixture.confDir.resolve("10-gantry.conflist")).content().contains("10.2.0.0/24");

    assertThatThrownBy(() -> fixture.networks().podCidr("x")).isInstanceOf(Fault.Invalid.class);
    NetworksFixture.write(template, "{{.Unknown}}");
    assertThatThrownBy(() -> fixture.networks().podCidr("10.3.0.0/24"))
        .isInstanceOf(Fault.Invalid.class);
    fixture.networks().detach(new DetachRequest("c1", null, null));
  }
}
