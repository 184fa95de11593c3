package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written and waited for; that the kernel halts processes is PauseIT's to show. */
final class FreezerTest {
  @TempDir private Path cgroup;

  private void file(String name, String content) throws IOException {
    Files.writeString(cgroup.resolve(name), content);
  }

  private String content(String name) throws IOException {
    return Files.readString(cgroup.resolve(name));
  }

  @Test
  void version2IsFrozenWhenItsEventsSaySo() throws IOException {
    file("cgroup.freeze", "0\n");
    file("cgroup.events", "populated 1\nfrozen 1\n");
    Freezer freezer = Freezer.v2(cgroup);

    assertThat(freezer.isFrozen()).isFalse();
    freezer.freeze();
    assertThat(content("cgroup.freeze")).isEqualTo("1");
    assertThat(freezer.isFrozen()).isTrue();
    freezer.thaw();
    assertThat(content("cgroup.freeze")).isEqualTo("0");
  }

  @Test
  void version1OnItsWayIsFrozenToo() throws IOException {
    file("freezer.state", "FREEZING\n");
    assertThat(Freezer.v1(cgroup).isFrozen()).isTrue();
    Freezer.v1(cgroup).thaw();
    assertThat(content("freezer.state")).isEqualTo("THAWED");
  }

  @Test
  void oneThatIsCancelledHaltsNothing() throws IOException {
    file("cgroup.freeze", "0\n");
    file("cgroup.events", "populated 1\nfrozen 0\n");
    Thread.currentThread().interrupt();
    assertThatThrownBy(Freezer.v2(cgroup)::freeze).isInstanceOf(Fault.Cancelled.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(content("cgroup.freeze")).isEqualTo("0");
  }

  @Test
  void aNodeWithoutFreezerSaysSoAndNothingIsFrozenThere() {
    Freezer freezer = Freezer.v1(cgroup);
    assertThatThrownBy(freezer::freeze)
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining("freezer.state");
    assertThat(freezer.isFrozen()).isFalse();
    freezer.thaw();
  }
}
