package dev.gantry.runtime.plan;

import dev.gantry.linux.Fault;
import java.util.List;
import java.util.stream.Collectors;

/** One line of a plan: a name of docs/shim.md with everything that it needs. */
public record Operation(String name, List<String> arguments) {
  public Operation {
    arguments = List.copyOf(arguments);
    for (String argument : arguments) {
      if (argument.indexOf('\0') >= 0) {
        throw new Fault.Invalid("%s: an argument holds a NUL character".formatted(name));
      }
    }
  }

  @Override
  public String toString() {
    return name
        + arguments.stream()
            .map(a -> a.isEmpty() || a.contains(" ") ? " \"" + a + "\"" : " " + a)
            .collect(Collectors.joining());
  }
}
