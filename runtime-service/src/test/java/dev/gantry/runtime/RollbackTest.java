package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RollbackTest {
  private final List<String> done = new ArrayList<>();

  @Test
  void undoesLastFirstAndGoesOnAfterAFailure() {
    try (Rollback undo = new Rollback("test")) {
      undo.push("a", () -> done.add("a"));
      undo.push(
          "b",
          () -> {
            throw new IllegalStateException("b fails");
          });
      undo.push("c", () -> done.add("c"));
    }
    assertThat(done).containsExactly("c", "a");
  }

  @Test
  void committedIsCommitted() {
    try (Rollback undo = new Rollback("test")) {
      undo.push("a", () -> done.add("a"));
      undo.commit();
    }
    assertThat(done).isEmpty();
  }

  @Test
  void undoRunsUninterruptedInACancelledCall() {
    Thread.currentThread().interrupt();
    try (Rollback undo = new Rollback("test")) {
      undo.push("sleep", () -> Thread.sleep(1));
      undo.push("a", () -> done.add("a"));
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).containsExactly("a");
  }
}
