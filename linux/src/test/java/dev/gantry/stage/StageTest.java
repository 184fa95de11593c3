package dev.gantry.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StageTest {
  private final List<String> told = new CopyOnWriteArrayList<>();

  /** Writes down what it is told, with the path of stages that lead there. */
  private record Diary(String path, List<String> told) implements StageWatch {
    @Override
    public Running begin(Stage stage) {
      String here = path + "/" + stage.name();
      told.add("begin " + here);
      return new Running() {
        @Override
        public StageWatch inside() {
          return new Diary(here, told);
        }

        @Override
        public void end(@Nullable Throwable failure) {
          told.add("end " + here + (failure == null ? "" : " " + failure.getMessage()));
        }
      };
    }
  }

  @Test
  void stagesAreToldInTheirOrderAndNested() {
    int answer =
        new Diary("", told)
            .call(() -> Stage.of("outer").call(() -> Stage.of("inner").call(() -> 42)));

    assertThat(answer).isEqualTo(42);
    assertThat(told)
        .containsExactly("begin /outer", "begin /outer/inner", "end /outer/inner", "end /outer");
  }

  @Test
  void aFailureIsToldAndPassesOn() {
    StageWatch watch = new Diary("", told);

    assertThatThrownBy(
            () ->
                watch.run(
                    () ->
                        Stage.of("broken")
                            .run(
                                () -> {
                                  throw new Fault.Unavailable("gone");
                                })))
        .isInstanceOf(Fault.Unavailable.class);
    assertThat(told).containsExactly("begin /broken", "end /broken gone");
  }

  @Test
  void unwatchedWorkIsDoneAsItIs() {
    assertThat(StageWatch.current()).isEmpty();
    assertThat(Stage.of("quiet").<Integer, RuntimeException>call(() -> 7)).isEqualTo(7);
    assertThat(told).isEmpty();
  }

  @Test
  void workIsCarriedToAnotherThread() throws InterruptedException {
    Thread thread =
        new Diary("", told)
            .call(
                () ->
                    Stage.of("here")
                        .call(
                            () ->
                                Thread.ofVirtual()
                                    .unstarted(
                                        StageWatch.carried(
                                            () -> Stage.of("there").run(() -> {})))));
    thread.start();
    thread.join();

    assertThat(told)
        .containsExactly("begin /here", "end /here", "begin /here/there", "end /here/there");
  }
}
