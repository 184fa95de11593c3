package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ForeignFilesTest {
  @Test
  void aFaultOfTheWorkArrives() {
    assertThatThrownBy(
            () ->
                new ForeignFiles()
                    .call(
                        "look",
                        () -> {
                          throw new Fault.Invalid("no such thing");
                        },
                        _ -> {}))
        .isInstanceOf(Fault.Invalid.class);
  }

  @Test
  void whatHangsIsLeftBehindAndWhatComesLateIsHandedOver() throws Exception {
    ForeignFiles files = new ForeignFiles(Duration.ofMillis(50), 1);
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture<String> late = new CompletableFuture<>();

    assertThatThrownBy(() -> files.call("look at /dead", answer::join, late::complete))
        .isInstanceOf(Fault.Timeout.class)
        .hasMessageContaining("look at /dead");
    assertThatThrownBy(() -> files.call("look at /other", () -> "other", _ -> {}))
        .isInstanceOf(Fault.Exhausted.class)
        .hasMessageContaining("look at /other");

    answer.complete("after all");
    assertThat(late.get(20, TimeUnit.SECONDS)).isEqualTo("after all");
    assertThat(new ForeignFiles().call("look", () -> "at once", _ -> {})).isEqualTo("at once");
  }
}
