package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TransfersTest {
  @Test
  void aBlobIsUnderWayUntilItsStreamIsClosed() throws IOException {
    Transfers transfers = new Transfers();
    ImageReference image = ImageReference.parse("registry.example/a:1");
    Digest digest = Digest.sha256(new byte[1]);
    Descriptor blob =
        new Descriptor(
            "application/vnd.oci.image.layer.v1.tar", digest, 10, Map.of(), Optional.empty(), "");
    try (InputStream first = transfers.watch(image, blob, new ByteArrayInputStream(new byte[10]));
        InputStream second =
            transfers.watch(
                ImageReference.parse("registry.example/b:1"),
                blob,
                new ByteArrayInputStream(new byte[10]))) {
      assertThat(first.readNBytes(4)).hasSize(4);
      assertThat(second.read()).isZero();
      assertThat(transfers.of(image)).containsExactly(new Transfers.Transfer(digest, 10, 4));
    }
    assertThat(transfers.of(image)).isEmpty();
    assertThat(transfers.receivedBytes()).isEqualTo(5);
  }
}
