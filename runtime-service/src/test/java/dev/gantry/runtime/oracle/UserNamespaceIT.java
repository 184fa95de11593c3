package dev.gantry.runtime.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.UserNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole container in a pod with a user namespace, from CRI to what it sees. Needs root. */
class UserNamespaceIT {
  private static final IDMapping IDS =
      IDMapping.newBuilder().setHostId(300_000).setLength(65_536).build();

  @TempDir Path base;

  private static PodSandboxConfig pod() {
    PodSandboxConfig.Builder pod = OracleCases.pod();
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setUsernsOptions(
            UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(IDS).addGids(IDS));
    return pod.build();
  }

  @Test
  void rootIsRootInsideAndNobodyOutside() throws Exception {
    Path volume = Files.createDirectories(base.resolve("volume"));
    ContainerConfig cri =
        OracleCases.container()
            .addCommand("sh")
            .addCommand("-c")
            .addCommand(Probe.SCRIPT + "\ntouch /volume/made; stat -c '%u:%g' /volume/made")
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/volume")
                    .setHostPath(volume.toString())
                    .addUidMappings(IDS)
                    .addGidMappings(IDS))
            .build();
    Map<String, String> seen;
    try (OraclePod pod = new OraclePod(base, pod())) {
      seen = Probe.sections(pod.ours(cri));
    }
    assertThat(seen.getOrDefault("maps", "").replaceAll(" +", " "))
        .isEqualTo(" 0 300000 65536\n 0 300000 65536\n");
    assertThat(seen.get("status"))
        .contains("Uid:\t0\t0\t0\t0", "CapEff:\t00000000a80425fb", "NoNewPrivs:\t0");
    assertThat(seen.get("hostname")).isEqualTo("web-0\n");
    assertThat(seen.get("namespaces")).startsWith("own-pid\n");
    assertThat(seen.get("writes"))
        .contains("/test yes", "/tmp/test yes", "/dev/shm/test yes", "/sys/test no");
    assertThat(seen.get("devices-allowed")).contains("null yes", "urandom yes");
    assertThat(seen.get("devices")).contains("/dev/null character special file 1:3 666");
    assertThat(seen.get("files")).contains("127.0.0.1 localhost", "web-0");
    assertThat(seen.get("end")).isEqualTo("0:0\n");
    assertThat(Files.getAttribute(volume.resolve("made"), "unix:uid")).isEqualTo(0);
  }
}
