package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostProbeTest {
  @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void readsWhatTheKernelSays() throws IOException {
    file("proc/self/status", "Name:\tx\nCapBnd:\t0000000000200001\n");
    file("proc/sys/kernel/osrelease", "5.10.0-8-amd64\n");
    file("proc/sys/kernel/hostname", "node-7\n");
    file("sys/fs/cgroup/cgroup.controllers", "cpu\n");
    HostFacts facts = new HostProbe(root).facts();
    assertThat(facts.unifiedCgroups()).isTrue();
    assertThat(facts.boundingCapabilities())
        .containsExactlyInAnyOrder("CAP_CHOWN", "CAP_SYS_ADMIN");
    assertThat(facts.recursiveReadOnly()).isFalse();
    assertThat(facts.seccomp()).isFalse();
    assertThat(facts.apparmor()).isFalse();
    assertThat(facts.hostname()).isEqualTo("node-7");

    file("proc/sys/kernel/osrelease", "6.1\n");
    assertThat(new HostProbe(root).facts().recursiveReadOnly()).isTrue();
  }
}
