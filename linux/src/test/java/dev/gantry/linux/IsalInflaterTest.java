package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IsalInflaterTest {
  @Test
  void whatIsNoDeflateIsAnError() {
    Optional<IsalInflater> inflater = IsalInflater.open();
    assumeThat(inflater).as("libisal2 is installed").isPresent();
    byte[] noise = new byte[1000];
    new Random(7).nextBytes(noise);
    noise[0] = 7; // the last block, of a type that does not exist
    inflater.orElseThrow().setInput(noise, 0, noise.length);
    assertThatThrownBy(() -> inflater.orElseThrow().inflate(new byte[1 << 16], 0, 1 << 16))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("deflate: invalid block");
  }

  @Test
  void emptyInputGivesNothing() {
    Optional<IsalInflater> inflater = IsalInflater.open();
    assumeThat(inflater).as("libisal2 is installed").isPresent();
    inflater.orElseThrow().setInput(new byte[0], 0, 0);
    assertThat(inflater.orElseThrow().inflate(new byte[10], 0, 10)).isZero();
    assertThat(inflater.orElseThrow().finished()).isFalse();
  }
}
