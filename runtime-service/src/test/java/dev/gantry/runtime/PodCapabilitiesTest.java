package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodCapabilitiesTest {
  private static PodSandboxConfig.Builder ingress(String quantity) {
    return PodSandboxConfig.newBuilder()
        .putAnnotations("kubernetes.io/ingress-bandwidth", quantity);
  }

  @Test
  void podThatAsksForNothingHasNone() {
    assertThat(PodCapabilities.of(PodSandboxConfig.getDefaultInstance())).isEmpty();
  }

  @Test
  void whatCriHasNoFieldForIsAskedForByAnnotations() {
    var config =
        PodSandboxConfig.newBuilder()
            .putAnnotations("cni.gantry.dev/ips", "10.1.2.3/24, fd00::3/64")
            .putAnnotations("cni.gantry.dev/mac", "c2:11:22:33:44:55")
            .putAnnotations("cni.gantry.dev/aliases", "db")
            .putAnnotations("cni.gantry.dev/infinibandGUID", "c2:11:22:33:44:55:66:77")
            .putAnnotations("cni.gantry.dev/ipRanges", "[[{\"subnet\":\"10.1.0.0/16\"}]]");
    assertThat(PodCapabilities.of(config.build()))
        .containsEntry("ips", List.of("10.1.2.3/24", "fd00::3/64"))
        .containsEntry("mac", "c2:11:22:33:44:55")
        .containsEntry("aliases", List.of("db"))
        .containsEntry("infinibandGUID", "c2:11:22:33:44:55:66:77")
        .containsEntry("ipRanges", List.of(List.of(Map.of("subnet", "10.1.0.0/16"))));
  }

  @ParameterizedTest
  @CsvSource({
    "cni.gantry.dev/ipRanges,{}",
    "cni.gantry.dev/ipRanges,[",
    "cni.gantry.dev/bandwidth,1"
  })
  void whatIsNotUnderstoodOfAnnotationsIsRefused(String key, String value) {
    var config = PodSandboxConfig.newBuilder().putAnnotations(key, value).build();
    assertThatThrownBy(() -> PodCapabilities.of(config))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining(key);
  }

  @Test
  void everyPartIsNamedAsThePluginsKnowIt() {
    var config =
        ingress("1M")
            .putAnnotations("kubernetes.io/egress-bandwidth", "2M")
            .setDnsConfig(DNSConfig.newBuilder().addServers("10.96.0.10").addOptions("ndots:5"));
    config.getLinuxBuilder().setCgroupParent("/kubepods/pod1");
    Map<String, Object> all = PodCapabilities.of(config.build());
    assertThat(all)
        .containsEntry(
            "bandwidth",
            Map.of(
                "ingressRate", 1_000_000L,
                "ingressBurst", 4_294_967_295L,
                "egressRate", 2_000_000L,
                "egressBurst", 4_294_967_295L))
        .containsEntry(
            "dns",
            Map.of(
                "servers", List.of("10.96.0.10"),
                "searches", List.of(),
                "options", List.of("ndots:5")))
        .containsEntry("cgroupPath", "/kubepods/pod1")
        .containsEntry("io.kubernetes.cri.pod-annotations", config.getAnnotationsMap());
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "1k, 1000",
    "1.5M, 1500000",
    "10Mi, 10485760",
    "1e6, 1000000",
    "2E3, 2000",
    "1P, 1000000000000000",
    "1000000m, 1000",
    "1000001m, 1001",
    ".5G, 500000000",
    "+1Ki, 1024"
  })
  void quantitiesAreThoseOfKubernetes(String text, long bits) {
    assertThat(PodBandwidth.of(ingress(text).getAnnotationsMap()).ingress()).isEqualTo(bits);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "999", "2P", "-1M", "1 M", "1MB", "fast", "1e999", "1.2.3k"})
  void whatIsNoRateIsRefused(String text) {
    assertThatThrownBy(() -> PodBandwidth.of(ingress(text).getAnnotationsMap()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("kubernetes.io/ingress-bandwidth");
  }
}
