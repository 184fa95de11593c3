package dev.gantry.runtime.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.LinuxHostFiles;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciLinux;
import dev.gantry.runtime.spec.OciMount;
import dev.gantry.runtime.spec.OciResources;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CdiDevicesTest {
  @TempDir Path etc;
  @TempDir Path run;
  private CdiDevices cdi;
  private OciSpec plain;

  @BeforeEach
  void files() throws IOException {
    cdi = new CdiDevices(new CdiDirectories(List.of(etc, run)), new LinuxHostFiles());
    plain = OciJson.read(Files.readString(Path.of("src/test/resources/golden/usual.config.json")));
    Files.writeString(
        etc.resolve("acme.json"),
        """
        {"cdiVersion": "0.8.0", "kind": "acme.com/gpu",
         "containerEdits": {"env": ["ACME=all"]},
         "devices": [
           {"name": "0", "containerEdits": {
             "deviceNodes": [{"path": "/dev/gpu0", "type": "c", "major": 195, "minor": 0,
                              "fileMode": 432, "permissions": "rw"}],
             "env": ["GPU=0", "PATH=/gpu"]}},
           {"name": "1", "containerEdits": {
             "deviceNodes": [{"path": "/dev/nothing", "hostPath": "/dev/null"}],
             "additionalGids": [44, 0]}}]}
        """);
    Files.writeString(
        run.resolve("acme.yaml"),
        """
        cdiVersion: 0.5.0
        kind: acme.com/nic
        devices:
        - name: eth
          containerEdits:
            mounts:
            - hostPath: /usr/lib/acme
              containerPath: /usr/lib/acme
              options: [ro, nosuid, nodev]
            hooks:
            - hookName: createContainer
              path: /usr/bin/acme-hook
              args: [acme-hook, ldcache]
              timeout: 5
        """);
  }

  @Test
  void devicesOfTheFieldAndOfAnnotationsAreAdded() {
    OciSpec spec =
        cdi.inject(
            plain,
            List.of("acme.com/gpu=0"),
            Map.of("cdi.k8s.io/plugin", "acme.com/gpu=1,acme.com/nic=eth", "other", "x"));

    assertThat(spec.process().env()).contains("ACME=all", "GPU=0", "PATH=/gpu");
    assertThat(spec.process().env().stream().filter(e -> e.startsWith("PATH="))).hasSize(1);
    assertThat(spec.process().user().additionalGids()).contains(44L).doesNotContain(0L);
    assertThat(spec.linux().devices())
        .extracting(OciLinux.Device::path, OciLinux.Device::major, OciLinux.Device::minor)
        .contains(
            org.assertj.core.groups.Tuple.tuple("/dev/gpu0", 195L, 0L),
            org.assertj.core.groups.Tuple.tuple("/dev/nothing", 1L, 3L));
    assertThat(Objects.requireNonNull(spec.linux().resources()).devices())
        .contains(new OciResources.DeviceRule(true, "c", 195L, 0L, "rw"));
    assertThat(spec.mounts())
        .contains(
            new OciMount(
                "/usr/lib/acme",
                "bind",
                "/usr/lib/acme",
                List.of("ro", "nosuid", "nodev", "rbind")));
    assertThat(Objects.requireNonNull(spec.hooks()).createContainer())
        .containsExactly(
            new OciHooks.Hook("/usr/bin/acme-hook", List.of("acme-hook", "ldcache"), List.of(), 5));
  }

  @Test
  void withoutDevicesNothingChanges() {
    assertThat(cdi.inject(plain, List.of(), Map.of("a", "b"))).isEqualTo(plain);
  }

  @Test
  void theLaterDirectoryCountsAndABrokenFileIsTold() throws IOException {
    Files.writeString(
        run.resolve("gpu.json"),
        """
        {"cdiVersion": "0.8.0", "kind": "acme.com/gpu",
         "devices": [{"name": "0", "containerEdits": {"env": ["GPU=newer"]}}]}
        """);
    Files.writeString(run.resolve("broken.json"), "{");
    assertThat(cdi.inject(plain, List.of("acme.com/gpu=0"), Map.of()).process().env())
        .contains("GPU=newer")
        .doesNotContain("ACME=all");
    assertThatThrownBy(() -> cdi.inject(plain, List.of("acme.com/gpu=7"), Map.of()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("acme.com/gpu=7: no such device")
        .hasMessageContaining("broken.json");
    Files.copy(run.resolve("gpu.json"), run.resolve("again.json"));
    assertThatThrownBy(() -> cdi.inject(plain, List.of("acme.com/gpu=0"), Map.of()))
        .hasMessageContaining("described twice");
  }

  @Test
  void whatIsNoDeviceIsRefused() {
    for (String name : List.of("", "gpu", "acme.com/gpu", "acme.com/gpu=", "a/b=c d", "=x")) {
      assertThatThrownBy(() -> cdi.inject(plain, List.of(name), Map.of()))
          .as(name)
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageStartingWith("config.CDI_devices.name: ");
    }
  }
}
