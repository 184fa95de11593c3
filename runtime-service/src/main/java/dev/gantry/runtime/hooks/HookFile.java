package dev.gantry.runtime.hooks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.OciHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One file: a hook, in which stages it is run, and for which containers (oci-hooks(5), version
 * 1.0.0).
 */
record HookFile(String version, OciHooks.Hook hook, When when, List<String> stages) {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
  private static final Set<String> STAGES =
      Set.of(
          "prestart",
          "createRuntime",
          "createContainer",
          "startContainer",
          "poststart",
          "poststop");

  HookFile {
    check("1.0.0".equals(version), "version: only 1.0.0");
    check(hook != null && hook.path() != null && hook.path().startsWith("/"), "hook.path: none");
    check(when != null && !when.isEmpty(), "when: none");
    check(stages != null && !stages.isEmpty(), "stages: none");
    stages = List.copyOf(stages);
    for (String stage : stages) {
      check(STAGES.contains(stage), "stages: no \"%s\"".formatted(stage));
    }
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new Fault.Invalid(otherwise);
    }
  }

  static HookFile read(Path file) {
    try {
      HookFile read = JSON.readValue(Files.readAllBytes(file), HookFile.class);
      check(
          Files.isExecutable(Path.of(read.hook.path())) || read.isOnlyInside(),
          "hook.path: %s is no program".formatted(read.hook.path()));
      return read;
    } catch (IOException e) {
      Throwable cause = e.getCause();
      throw new Fault.Invalid(
          "hook %s: %s".formatted(file, cause instanceof Fault f ? f.getMessage() : e), e);
    } catch (Fault.Invalid e) {
      throw e.within("hook " + file);
    }
  }

  /** Those are found in the container. */
  private boolean isOnlyInside() {
    return stages.equals(List.of("startContainer"));
  }

  /** The hook in its stages. */
  OciHooks hooks() {
    return new OciHooks(
        in("prestart"),
        in("createRuntime"),
        in("createContainer"),
        in("startContainer"),
        in("poststart"),
        in("poststop"));
  }

  private List<OciHooks.Hook> in(String stage) {
    return stages.contains(stage) ? List.of(hook) : List.of();
  }

  /** All that is set must be so. Patterns are regular expressions that match some part of it. */
  record When(
      @Nullable Boolean always,
      @Nullable Map<String, Pattern> annotations,
      @Nullable List<Pattern> commands,
      @JsonProperty("hasBindMounts") @Nullable Boolean bindMounts) {
    When {
      if (annotations != null) {
        annotations.keySet().forEach(Pattern::compile);
      }
    }

    boolean isEmpty() {
      return always == null && annotations == null && commands == null && bindMounts == null;
    }

    boolean holds(HookedContainer container) {
      return (always == null || always)
          && (bindMounts == null || (bindMounts && container.hasBindMounts()))
          && (annotations == null
              || annotations.entrySet().stream().allMatch(one -> isAmong(one, container)))
          && (commands == null
              || commands.isEmpty()
              || commands.stream().anyMatch(one -> one.matcher(container.command()).find()));
    }

    private static boolean isAmong(Map.Entry<String, Pattern> wanted, HookedContainer container) {
      Pattern name = Pattern.compile(wanted.getKey());
      return container.annotations().entrySet().stream()
          .anyMatch(
              has ->
                  name.matcher(has.getKey()).find()
                      && wanted.getValue().matcher(has.getValue()).find());
    }
  }
}
