package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.layer.LayerUnpacker;
import dev.gantry.image.layer.LayerUnpacker.Unpacked;
import dev.gantry.image.layer.RootAttributes;
import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Brings the layers of one image onto disk, side by side, all of them or none. */
final class PullLayers implements AutoCloseable {
  private final LayerStore store;
  private final LayerUnpacker unpacker;
  private final LayerQueue queue;
  private final Downloads downloads = new Downloads();

  PullLayers(LayerStore store, LayerUnpacker unpacker, int parallel) {
    this.store = store;
    this.unpacker = unpacker;
    this.queue = new LayerQueue(parallel);
  }

  /** Layers on disk, bottom first, held until closed. */
  final class Pulled implements AutoCloseable {
    private final List<StoredLayer> layers = new ArrayList<>();

    List<StoredLayer> layers() {
      return layers;
    }

    @Override
    public void close() {
      store.release(layers.stream().map(StoredLayer::id).toList());
    }
  }

  Pulled pull(BlobSource source, List<Descriptor> blobs, List<Digest> diffIds)
      throws InterruptedException {
    List<LayerPull> pulls = new ArrayList<>();
    for (int i = 0; i < blobs.size(); i++) {
      // Checked for all before anything is fetched.
      Compression compression = Compression.of(blobs.get(i));
      pulls.add(
          new LayerPull(
              source,
              blobs.get(i),
              compression,
              diffIds.get(i),
              List.copyOf(pulls),
              store,
              unpacker,
              downloads));
    }
    pulls.forEach(queue::add);
    Pulled pulled = new Pulled();
    try {
      for (LayerPull pull : pulls) {
        pulled.layers.add(pull.result().get());
      }
      rootLayer(pulled);
      return pulled;
    } catch (ExecutionException e) {
      abandon(pulls, pulled);
      throw failure(pulls, e.getCause());
    } catch (InterruptedException | RuntimeException e) {
      abandon(pulls, pulled);
      throw e;
    }
  }

  /** Ends all, waits for them, and lets go of what they brought. */
  private void abandon(List<LayerPull> pulls, Pulled pulled) {
    pulls.forEach(LayerPull::cancel);
    pulled.layers.clear();
    for (LayerPull pull : pulls) {
      pull.ended().join();
      if (pull.result().state() == Future.State.SUCCESS) {
        pulled.layers.add(pull.result().resultNow());
      }
    }
    pulled.close();
  }

  /** The first real failure; layers above a broken one only say that they were cancelled. */
  private static Fault failure(List<LayerPull> pulls, @Nullable Throwable first) {
    for (LayerPull pull : pulls) {
      if (pull.failure() instanceof Fault fault && !(fault instanceof Fault.Cancelled)) {
        return fault;
      }
    }
    return first instanceof Fault fault
        ? fault
        : new Fault.Internal("pull layers: " + first, first);
  }

  /**
   * overlayfs shows the root of the top layer. When that one says nothing about it and one below
   * does, an empty layer on top does.
   */
  private void rootLayer(Pulled pulled) throws InterruptedException {
    StoredLayer describing =
        pulled.layers.reversed().stream()
            .filter(StoredLayer::describesRoot)
            .findFirst()
            .orElse(null);
    if (describing == null || describing.equals(pulled.layers.getLast())) {
      return;
    }
    RootAttributes root = RootAttributes.of(store.dir(describing).path());
    if (root.areDefault()) {
      return;
    }
    try (LayerStore.Staging staging = store.stage()) {
      root.applyTo(staging.dir());
      Digest name = Digest.sha256(("root " + root.text()).getBytes(UTF_8));
      pulled.layers.add(staging.publish(name, new Unpacked(Map.of(), true), List.of()));
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
