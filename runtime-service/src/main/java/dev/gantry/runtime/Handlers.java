package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.oci.OciRuntime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The runtime handlers (RuntimeClass) of this node; "" stands for the built-in executor too.
 *
 * @param external those that are not built in
 */
public record Handlers(List<OciRuntime> external) {
  /** The handler that stands for the built-in executor. */
  public static final String BUILT_IN = "gantry";

  public Handlers {
    external = List.copyOf(external);
    Set<String> names = new HashSet<>(Set.of(BUILT_IN));
    for (OciRuntime runtime : external) {
      if (!names.add(runtime.name())) {
        throw new Fault.Invalid("runtimes.%s: that name is taken".formatted(runtime.name()));
      }
    }
  }

  /** All names but "". */
  public Set<String> names() {
    Set<String> names = new HashSet<>(Set.of(BUILT_IN));
    external.forEach(runtime -> names.add(runtime.name()));
    return names;
  }

  public boolean has(String name) {
    return name.isEmpty() || names().contains(name);
  }

  void check(String name) {
    if (!has(name)) {
      throw new Fault.Invalid("runtime_handler: no handler \"%s\" on this node".formatted(name));
    }
  }
}
