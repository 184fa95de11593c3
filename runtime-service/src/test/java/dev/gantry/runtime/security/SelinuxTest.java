package dev.gantry.runtime.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelinuxTest {
  @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void readsWhatThePolicyCallsContainers() throws IOException {
    assertThat(new Selinux(root).policy()).isNull();
    file("sys/fs/selinux/enforce", "1");
    assertThat(new Selinux(root).policy()).as("a policy without containers").isNull();
    file("sys/fs/selinux/context", "");
    file("etc/selinux/config", "# a comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
    file(
        "etc/selinux/targeted/contexts/lxc_contexts",
        """
        process = "system_u:system_r:container_t:s0"
        content = "x"
        file = "system_u:object_r:container_file_t:s0"
        """);
    assertThat(new Selinux(root).policy())
        .isEqualTo(
            new SelinuxPolicy(
                new SelinuxContext("system_u", "system_r", "container_t", "s0"),
                new SelinuxContext("system_u", "object_r", "container_file_t", "s0")));
  }

  @Test
  void labelsHaveAtLeastThreeParts() {
    SelinuxContext context = SelinuxContext.parse("u:r:t:s0-s0:c0.c1023");
    assertThat(context.level()).isEqualTo("s0-s0:c0.c1023");
    assertThat(context.at("s0:c1,c2")).hasToString("u:r:t:s0:c1,c2");
    assertThat(SelinuxContext.parse("u:r:t").at("s0")).hasToString("u:r:t");
    assertThatThrownBy(() -> SelinuxContext.parse("u:r")).isInstanceOf(Fault.Invalid.class);
  }
}
