package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;

/** Plans written by hand, so that the shim is tested without the compiler of plans. */
final class TestPlan {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  TestPlan op(String name, String... arguments) {
    field(name);
    for (String argument : arguments) {
      boolean escape = argument.isEmpty() || argument.charAt(0) == 1;
      field(escape ? "\u0001" + argument : argument);
    }
    bytes.write(0);
    return this;
  }

  private void field(String text) {
    bytes.writeBytes(text.getBytes(UTF_8));
    bytes.write(0);
  }

  byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(bytes.toByteArray());
    whole.write(0);
    return whole.toByteArray();
  }

  /** The plan with some of its text replaced. */
  static byte[] replaced(byte[] plan, String what, String by) {
    String before = new String(plan, UTF_8);
    assertThat(before).contains(what);
    return before.replace(what, by).getBytes(UTF_8);
  }
}
