package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.CgroupDeviceProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The device program in the kernel, on the version 2 tree of this node (a hybrid one will do). */
class CgroupDevicesIT {
  private final Path cgroup = unified().resolve("gantry-it-" + ProcessHandle.current().pid());

  private static Path unified() {
    return Stream.of("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
        .map(Path::of)
        .filter(p -> Files.exists(p.resolve("cgroup.controllers")))
        .findFirst()
        .orElseThrow();
  }

  @BeforeEach
  void make() throws IOException {
    Files.createDirectory(cgroup);
  }

  @AfterEach
  void remove() {
    CgroupRemoval.remove(cgroup);
    assertThat(cgroup).doesNotExist();
  }

  private String reads(String device) throws Exception {
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "echo $$ > %s/cgroup.procs && head -c 1 %s > /dev/null && echo yes"
                    .formatted(cgroup, device))
            .redirectErrorStream(true)
            .start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return said;
  }

  private void allow(DeviceRule... rules) {
    CgroupDeviceProgram.replace(cgroup.toString(), DeviceProgram.compile(List.of(rules)));
  }

  @Test
  void theKernelRefusesWhatTheRulesDoAndTheLastSetOfRulesCounts() throws Exception {
    DeviceRule none = new DeviceRule(false, 'a', -1, -1, "rwm");
    DeviceRule zero = new DeviceRule(true, 'c', 1, 5, "r");
    DeviceRule nothing = new DeviceRule(true, 'c', 1, 3, "w");
    allow(none, zero, nothing);
    assertThat(reads("/dev/zero")).isEqualTo("yes\n");
    assertThat(reads("/dev/urandom")).contains("Operation not permitted");

    allow(none, new DeviceRule(true, 'c', 1, 9, "rw"), nothing);
    assertThat(reads("/dev/zero")).contains("Operation not permitted");
    assertThat(reads("/dev/urandom")).isEqualTo("yes\n");

    allow(new DeviceRule(true, 'a', -1, -1, "rwm"));
    assertThat(reads("/dev/zero")).isEqualTo("yes\n");
  }
}
