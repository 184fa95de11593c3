package dev.gantry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.admin.v1.Transfer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LayerBarsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void barsAreRedrawnInPlace() {
    LayerBars bars = new LayerBars(new PrintStream(out, true, UTF_8), true);
    bars.show(List.of());
    assertThat(out()).isEmpty();
    bars.show(List.of(transfer("sha256:aaaa", 1000, 500)));
    assertThat(out()).isEqualTo("\033[2Kaaaa [===============               ] 500B of 1.00kB\n");
    bars.show(List.of(transfer("sha256:bbbb", 2000, 2000)));
    assertThat(out())
        .isEqualTo(
            """
            \033[1A\033[2Kaaaa [==============================] 1.00kB of 1.00kB
            \033[2Kbbbb [============================= ] 2.00kB of 2.00kB
            """);
  }

  @Test
  void elsewhereALineTellsThatALayerHasCome() {
    LayerBars bars = new LayerBars(new PrintStream(out, true, UTF_8), false);
    bars.show(List.of(transfer("sha256:aaaa", 1000, 10), transfer("sha256:bbbb", 5, 5)));
    assertThat(out()).isEmpty();
    bars.show(List.of(transfer("sha256:bbbb", 5, 5)));
    assertThat(out()).isEqualTo("layer aaaa 1.00kB\n");
    bars.show(List.of());
    assertThat(out()).isEqualTo("layer bbbb 5B\n");
    bars.show(List.of());
    assertThat(out()).isEmpty();
  }

  private static Transfer transfer(String digest, long bytes, long received) {
    return Transfer.newBuilder().setDigest(digest).setBytes(bytes).setReceived(received).build();
  }

  /** What came since the last time. */
  private String out() {
    String text = out.toString(UTF_8);
    out.reset();
    return text;
  }
}
