package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.Signal;
import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StopSignalTest {
  @ParameterizedTest
  @CsvSource({
    "SIGTERM,15",
    "quit,3",
    "9,9",
    "RTMIN+3,37",
    "SIGRTMIN,34",
    "RTMAX-1,63",
    "SIGRTMAX,64"
  })
  void imagesWriteSignalsInManyWays(String text, int number) {
    assertThat(StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, text)).isEqualTo(number);
  }

  @Test
  void theRequestWinsOverTheImageAndTermIsTheDefault() {
    assertThat(StopSignal.of(Signal.SIGNAL_SIGUSR1, "SIGQUIT")).isEqualTo(10);
    assertThat(StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, "")).isEqualTo(15);
    assertThat(StopSignal.of(Signal.SIGNAL_SIGRTMAXMINUS14, "")).isEqualTo(50);
    assertThat(StopSignal.of(Signal.SIGNAL_SIGRTMINPLUS15, "")).isEqualTo(49);
  }

  @ParameterizedTest
  @EnumSource(
      value = Signal.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SIGNAL_RUNTIME_DEFAULT", "UNRECOGNIZED"})
  void everySignalOfCriHasANumber(Signal signal) {
    assertThat(StopSignal.of(signal, "")).isBetween(1, 64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65", "SIGNOPE", "RTMIN+31", "-9"})
  void anUnknownOneIsRefused(String text) {
    assertThatThrownBy(() -> StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, text))
        .isInstanceOf(Fault.Invalid.class);
  }
}
