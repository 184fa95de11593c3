package dev.gantry.cni.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.config.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CniResultTest {
  private static final String MODERN =
      """
      {"cniVersion":"1.1.0",
       "interfaces":[{"name":"cni0","mac":"02:00:00:00:00:01"},
                     {"name":"eth0","mac":"0a:58:0a:58:00:02","sandbox":"/run/netns/x","mtu":1400}],
       "ips":[{"interface":1,"address":"10.88.0.2/16","gateway":"10.88.0.1"},
              {"interface":1,"address":"fd00::2/64","gateway":"fd00::1"},
              {"interface":0,"address":"10.99.0.1/24"}],
       "routes":[{"dst":"0.0.0.0/0"},{"dst":"10.1.0.0/16","gw":"10.88.0.9","mtu":1300,"advmss":1260,"priority":7}],
       "dns":{"nameservers":["10.96.0.10"],"domain":"d","search":["a","b"],"options":["ndots:5"]}}
      """;

  @Test
  void modernResultIsReadWhole() {
    CniResult result = CniResult.parse(Json.parseObject(MODERN, "x"));
    assertThat(result.interfaces()).hasSize(2);
    assertThat(result.interfaceOf(result.ips().getFirst())).isEqualTo("eth0");
    assertThat(result.inContainer(result.ips().get(1))).isTrue();
    assertThat(result.inContainer(result.ips().get(2))).isFalse();
    assertThat(result.routes().get(1).priority()).isEqualTo(7);
    assertThat(result.dns().options()).containsExactly("ndots:5");
    assertThat(CniResult.parse(result.toJson("1.1.0"))).isEqualTo(result);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.3.0", "0.3.1", "0.4.0", "1.0.0"})
  void versionsWithAddressListsSayTheSame(String version) {
    CniResult result = CniResult.parse(Json.parseObject(MODERN, "x"));
    CniResult back = CniResult.parse(result.toJson(version));
    assertThat(back.ips()).isEqualTo(result.ips());
    assertThat(back.routes()).isEqualTo(result.routes());
    assertThat(result.toJson(version).path("ips").path(0).has("version"))
        .isEqualTo(!version.equals("1.0.0"));
  }

  @Test
  void oldResultHasOneAddressOfEachFamily() {
    CniResult result =
        CniResult.parse(
            Json.parseObject(
                """
                {"cniVersion":"0.2.0",
                 "ip4":{"ip":"10.1.2.3/24","gateway":"10.1.2.1","routes":[{"dst":"0.0.0.0/0"}]},
                 "ip6":{"ip":"fd00::3/64","gateway":"fd00::1","routes":[{"dst":"::/0"}]}}
                """,
                "x"));
    assertThat(result.ips())
        .extracting(ip -> ip.address().toString())
        .containsExactly("10.1.2.3/24", "fd00::3/64");
    assertThat(result.inContainer(result.ips().getFirst())).isTrue();
    assertThat(result.routes()).hasSize(2);
    assertThat(CniResult.parse(result.toJson("0.2.0"))).isEqualTo(result);
  }

  @Test
  void nullsAreAbsent() {
    CniResult result =
        CniResult.parse(
            Json.parseObject(
                "{\"ips\":[{\"address\":\"10.1.2.3/24\",\"gateway\":null}],\"dns\":null,"
                    + "\"interfaces\":null,\"routes\":null}",
                "x"));
    assertThat(result.ips().getFirst().gateway()).isNull();
    assertThat(result.dns()).isEqualTo(CniDns.NONE);
  }
}
