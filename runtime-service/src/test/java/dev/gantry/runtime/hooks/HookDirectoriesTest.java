package dev.gantry.runtime.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.Inputs;
import dev.gantry.runtime.spec.LinuxHostFiles;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciSpec;
import dev.gantry.runtime.spec.OciSpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HookDirectoriesTest {
  private static final HookedContainer CONTAINER =
      new HookedContainer(Map.of("acme.com/trace", "yes"), "/usr/bin/serve", true);

  @TempDir private Path directory;

  private void file(String name, String when, String stages) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        """
        {"version":"1.0.0","hook":{"path":"/bin/true","args":["true","%s"],"timeout":5},
         "when":%s,"stages":[%s]}
        """
            .formatted(name, when, stages));
  }

  private @Nullable OciHooks injected(HookedContainer container) {
    OciSpec spec =
        new OciSpecBuilder(Inputs.host(true), new LinuxHostFiles())
            .build(Inputs.input(ContainerConfig.getDefaultInstance(), Inputs.pod().build()));
    return new HookDirectories(List.of(directory.resolve("a"), directory.resolve("b")))
        .inject(spec, container)
        .hooks();
  }

  private boolean holds(String when) throws IOException {
    file("a/one.json", when, "\"poststop\"");
    return injected(CONTAINER) != null;
  }

  @Test
  void laterFilesCoverEarlierOnesAndNamesAreTheOrder() throws IOException {
    file("a/20.json", "{\"always\":true}", "\"createRuntime\",\"poststop\"");
    file("a/10.json", "{\"always\":true}", "\"prestart\"");
    file("b/10.json", "{\"always\":true}", "\"createRuntime\"");
    file("b/README", "nothing", "at all");
    OciHooks hooks = Objects.requireNonNull(injected(CONTAINER));
    assertThat(hooks.prestart()).isEmpty();
    assertThat(hooks.createRuntime())
        .extracting(hook -> hook.args().getLast())
        .containsExactly("b/10.json", "a/20.json");
    assertThat(hooks.poststop())
        .containsExactly(
            new OciHooks.Hook("/bin/true", List.of("true", "a/20.json"), List.of(), 5));
  }

  @Test
  void allConditionsMustHold() throws IOException {
    assertThat(injected(CONTAINER)).isNull();
    assertThat(holds("{\"always\":true}")).isTrue();
    assertThat(holds("{\"always\":false}")).isFalse();
    assertThat(holds("{\"hasBindMounts\":true}")).isTrue();
    assertThat(holds("{\"commands\":[\"^/sbin/\",\"serve$\"]}")).isTrue();
    assertThat(holds("{\"commands\":[\"^serve\"]}")).isFalse();
    assertThat(holds("{\"annotations\":{\"^acme\\\\.com/\":\"yes|on\"}}")).isTrue();
    assertThat(holds("{\"annotations\":{\"trace\":\"no\"}}")).isFalse();
    assertThat(holds("{\"always\":true,\"annotations\":{\"other\":\".\"}}")).isFalse();
  }

  @Test
  void aFileThatIsWrongRefusesContainers() throws IOException {
    wrong("{\"allways\":true}", "\"prestart\"", "allways");
    wrong("{\"always\":true}", "\"later\"", "stages: no \"later\"");
    wrong("{}", "\"prestart\"", "when: none");
    wrong("{\"commands\":[\"(\"]}", "\"prestart\"", "a/one.json");
    Files.writeString(
        directory.resolve("a/one.json"),
        """
        {"version":"1.0.0","hook":{"path":"/nope"},"when":{"always":true},"stages":["poststop"]}
        """);
    assertThatThrownBy(() -> injected(CONTAINER)).hasMessageContaining("/nope is no program");
  }

  private void wrong(String when, String stages, String words) throws IOException {
    file("a/one.json", when, stages);
    assertThatThrownBy(() -> injected(CONTAINER))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("hook " + directory)
        .hasMessageContaining(words);
  }
}
