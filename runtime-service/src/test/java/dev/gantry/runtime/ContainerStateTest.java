package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.ContainerState.Created;
import dev.gantry.runtime.ContainerState.Exited;
import dev.gantry.runtime.ContainerState.Lost;
import dev.gantry.runtime.ContainerState.ProcessExited;
import dev.gantry.runtime.ContainerState.RemoveRequested;
import dev.gantry.runtime.ContainerState.Removing;
import dev.gantry.runtime.ContainerState.Running;
import dev.gantry.runtime.ContainerState.StartFailed;
import dev.gantry.runtime.ContainerState.StartRequested;
import dev.gantry.runtime.ContainerState.Started;
import dev.gantry.runtime.ContainerState.Starting;
import dev.gantry.runtime.ContainerState.Unknown;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerStateTest {
  private static final Running RUNNING = new Running(7, 99, 1000);
  private static final Exited EXITED = new Exited(1000, 2000, 0, "Completed", "");

  @Test
  void theUsualLife() {
    ContainerState state = new Created().next(new StartRequested());
    assertThat(state).isEqualTo(new Starting());
    state = state.next(new Started(7, 99, 1000));
    assertThat(state).isEqualTo(RUNNING);
    state = state.next(new ProcessExited(0, false, 2000));
    assertThat(state).isEqualTo(EXITED);
    assertThat(state.next(new RemoveRequested())).isEqualTo(new Removing(EXITED));
  }

  @ParameterizedTest
  @CsvSource({"0,false,Completed", "3,false,Error", "137,true,OOMKilled", "137,false,Error"})
  void theReasonSaysHowItEnded(int code, boolean oom, String reason) {
    assertThat(RUNNING.next(new ProcessExited(code, oom, 5)))
        .isEqualTo(new Exited(1000, 5, code, reason, ""));
  }

  @Test
  void anExitHeardOfBeforeTheAnswerToStartIsKept() {
    ContainerState exited = new Starting().next(new ProcessExited(1, false, 10));

    assertThat(exited).isEqualTo(new Exited(10, 10, 1, "Error", ""));
    assertThat(exited.next(new Started(7, 99, 9))).isSameAs(exited);
  }

  @Test
  void aFailedStartLeavesExitCode128AndSaysWhy() {
    assertThat(new Starting().next(new StartFailed("exec \"/nope\": ENOENT", 5)))
        .isEqualTo(new Exited(0, 5, 128, "StartError", "exec \"/nope\": ENOENT"));
  }

  @Test
  void onlyACreatedContainerStarts() {
    for (ContainerState state :
        new ContainerState[] {
          new Starting(), RUNNING, EXITED, new Unknown(), new Removing(EXITED)
        }) {
      assertThatThrownBy(() -> state.next(new StartRequested()))
          .isInstanceOf(Fault.Precondition.class);
    }
  }

  @Test
  void aRunningContainerIsNotRemovedBeforeItWasStopped() {
    assertThatThrownBy(() -> RUNNING.next(new RemoveRequested()))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessage("remove: container is running");
  }

  @Test
  void aShimThatDiedTakesTheKnowledgeWithIt() {
    assertThat(RUNNING.next(new Lost("shim died", 5)))
        .isEqualTo(new Exited(1000, 5, 137, "Error", "shim died"));
    assertThat(EXITED.next(new Lost("shim died", 5))).isSameAs(EXITED);
  }
}
