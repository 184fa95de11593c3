package dev.gantry.runtime.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppArmorTest {
  @TempDir Path root;

  @Test
  void aNodeWithoutIt() {
    assertThat(new AppArmor(root).isUsable()).isFalse();
  }

  @Test
  void loadedProfilesAreFoundByTheirWholeName() throws IOException {
    Path list = root.resolve("sys/kernel/security/apparmor/profiles");
    Files.createDirectories(list.getParent());
    Files.writeString(list, "gantry-default (enforce)\nsnap run (x) (complain)\n");
    AppArmor appArmor = new AppArmor(root);
    assertThat(appArmor.isLoaded("gantry-default")).isTrue();
    assertThat(appArmor.isLoaded("snap run (x)")).isTrue();
    assertThat(appArmor.isLoaded("gantry")).isFalse();
  }

  @Test
  void theProfileIsNamedAsContainersAskForIt() throws IOException {
    assertThat(new String(AppArmor.defaultProfile(), StandardCharsets.UTF_8))
        .contains("profile " + AppArmor.DEFAULT_PROFILE + " ");
  }
}
