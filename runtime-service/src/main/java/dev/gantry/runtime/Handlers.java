package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.util.Set;

/** The runtime handlers (RuntimeClass) of this node; "" stands for the default one. */
public record Handlers(Set<String> names) {
  /** The handler that stands for the built-in executor. */
  public static final String BUILT_IN = "gantry";

  public Handlers {
    names = Set.copyOf(names);
  }

  public boolean has(String name) {
    return name.isEmpty() || names.contains(name);
  }

  void check(String name) {
    if (!has(name)) {
      throw new Fault.Invalid("runtime_handler: no handler \"%s\" on this node".formatted(name));
    }
  }
}
