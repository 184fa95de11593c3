package dev.gantry.cni.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cni.config.Json;
import dev.gantry.linux.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFirewallTest {
  @TempDir Path directory;

  @Test
  void legacyTableIsKnownByItsName() throws Exception {
    Path names = directory.resolve("names");
    assertThat(HostFirewall.hasFilter(names)).isFalse();
    Files.writeString(names, "nat\n");
    assertThat(HostFirewall.hasFilter(names)).isFalse();
    Files.writeString(names, "nat\nfilter\n");
    assertThat(HostFirewall.hasFilter(names)).isTrue();
  }

  @Test
  void legacyProgramIsKnownByWhereItsLinkLeads() throws Exception {
    Path program = Files.createFile(directory.resolve("xtables-legacy-multi"));
    Path link = Files.createSymbolicLink(directory.resolve("iptables"), program);
    assertThat(HostFirewall.isLegacy(link)).isTrue();
    Path other = Files.createFile(directory.resolve("xtables-nft-multi"));
    assertThat(HostFirewall.isLegacy(other)).isFalse();
    assertThat(HostFirewall.isLegacy(directory.resolve("nothing"))).isFalse();
  }

  @Test
  void policiesOfTheProgramAreKnownAndNoOther() {
    for (String policy : new String[] {"", "open", "same-bridge", "isolated"}) {
      FirewallConfig.parse(Json.object().put("ingressPolicy", policy));
    }
    assertThatThrownBy(() -> FirewallConfig.parse(Json.object().put("ingressPolicy", "closed")))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("unknown ingress policy: \"closed\"");
    assertThat(FirewallConfig.supports(Json.object().put("backend", "firewalld"))).isFalse();
  }
}
