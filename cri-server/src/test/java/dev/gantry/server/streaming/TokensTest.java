package dev.gantry.server.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.linux.Fault;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TokensTest {
  private Instant now = Instant.EPOCH;
  private final Tokens tokens = new Tokens(() -> now, Duration.ofSeconds(60), 2);

  @Test
  void isTakenOnce() {
    String token = tokens.keep(ExecRequest.getDefaultInstance());
    assertThat(token).hasSizeGreaterThanOrEqualTo(27); // 160 bits in base 64
    assertThat(tokens.take(token, AttachRequest.class)).isNull();
    assertThat(tokens.take(token, ExecRequest.class)).isNotNull();
    assertThat(tokens.take(token, ExecRequest.class)).isNull();
  }

  @Test
  void expires() {
    String token = tokens.keep(ExecRequest.getDefaultInstance());
    now = now.plusSeconds(60);
    assertThat(tokens.take(token, ExecRequest.class)).isNull();
  }

  @Test
  void onlySoManyWait() {
    tokens.keep(ExecRequest.getDefaultInstance());
    tokens.keep(ExecRequest.getDefaultInstance());
    assertThatThrownBy(() -> tokens.keep(ExecRequest.getDefaultInstance()))
        .isInstanceOf(Fault.Exhausted.class);
    now = now.plusSeconds(60);
    assertThat(tokens.keep(ExecRequest.getDefaultInstance())).isNotEmpty();
  }
}
