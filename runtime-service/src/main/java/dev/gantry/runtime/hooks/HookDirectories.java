package dev.gantry.runtime.hooks;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The directories of hooks, read anew for each container. A file covers one of the same name in an
 * earlier directory; hooks are run in the order of these names. One that cannot be read refuses all
 * containers: it may be there to keep somebody safe.
 */
public final class HookDirectories {
  private final List<Path> directories;

  public HookDirectories(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /**
   * Adds the hooks that are for this container.
   *
   * @throws Fault.Invalid when a file is wrong
   */
  public OciSpec inject(OciSpec spec, HookedContainer container) {
    OciHooks had = spec.hooks();
    OciHooks hooks = had == null ? OciHooks.NONE : had;
    for (Path file : files()) {
      HookFile hook = HookFile.read(file);
      if (hook.when().holds(container)) {
        hooks = hooks.and(hook.hooks());
      }
    }
    return hooks.isEmpty() ? spec : spec.withHooks(hooks);
  }

  private List<Path> files() {
    Map<String, Path> byName = new TreeMap<>();
    for (Path directory : directories) {
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files = Files.list(directory)) {
          files
              .filter(file -> file.toString().endsWith(".json"))
              .forEach(file -> byName.put(String.valueOf(file.getFileName()), file));
        } catch (IOException e) {
          throw new Fault.Internal("read %s: %s".formatted(directory, e), e);
        }
      }
    }
    return List.copyOf(byName.values());
  }
}
