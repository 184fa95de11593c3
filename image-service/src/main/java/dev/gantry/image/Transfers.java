package dev.gantry.image;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The blobs on their way from registries, and how far each is. */
final class Transfers {
  private final ReceivedBytes all = new ReceivedBytes();
  private final Set<Running> running = ConcurrentHashMap.newKeySet();

  /**
   * How far a blob is.
   *
   * @param size bytes, as its manifest says
   * @param received bytes; those of a broken connection count again
   */
  record Transfer(Digest blob, long size, long received) {}

  /** Without equals: two images may have the same blob under way. */
  private static final class Running {
    final ImageReference image;
    final Descriptor blob;
    final ReceivedBytes received = new ReceivedBytes();

    Running(ImageReference image, Descriptor blob) {
      this.image = image;
      this.blob = blob;
    }
  }

  /** The same stream, watched until it is closed. */
  InputStream watch(ImageReference image, Descriptor blob, InputStream stream) {
    Running transfer = new Running(image, blob);
    running.add(transfer);
    return new FilterInputStream(all.count(transfer.received.count(stream))) {
      @Override
      public void close() throws IOException {
        running.remove(transfer);
        super.close();
      }
    };
  }

  /** What is under way for an image, in no order. */
  List<Transfer> of(ImageReference image) {
    return running.stream()
        .filter(transfer -> transfer.image.equals(image))
        .map(t -> new Transfer(t.blob.digest(), t.blob.size(), t.received.sum()))
        .toList();
  }

  /** Of all blobs since the start. */
  long receivedBytes() {
    return all.sum();
  }
}
