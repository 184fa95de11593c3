package dev.gantry.runtime.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Operations in the order in which the shim obeys them. */
public record Plan(List<Operation> operations) {
  /** Says that the next byte is no separator: for words that are empty or begin like this one. */
  private static final int ESCAPE = 1;

  public Plan {
    operations = List.copyOf(operations);
  }

  /** The form of docs/shim.md: fields ended by NUL, an empty field after each operation. */
  public byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
    for (Operation operation : operations) {
      field(out, operation.name());
      operation.arguments().forEach(argument -> field(out, argument));
      out.write(0);
    }
    out.write(0);
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length == 0 || bytes[0] == ESCAPE) {
      out.write(ESCAPE);
    }
    out.writeBytes(bytes);
    out.write(0);
  }

  /** One line an operation, for people and golden files. */
  public String explain() {
    return operations.stream().map(o -> o + "\n").collect(Collectors.joining());
  }

  static final class Builder {
    private final List<Operation> operations = new ArrayList<>();

    Builder add(String name, String... arguments) {
      return add(name, Arrays.asList(arguments));
    }

    Builder add(String name, List<String> arguments) {
      operations.add(new Operation(name, arguments));
      return this;
    }

    Plan build() {
      return new Plan(operations);
    }
  }
}
