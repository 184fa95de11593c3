package dev.gantry.image;

import dev.gantry.image.layer.LayerBlob;
import dev.gantry.image.layer.LayerDir;
import dev.gantry.image.layer.LayerUnpacker;
import dev.gantry.image.layer.LayerUnpacker.Unpacked;
import dev.gantry.image.layer.Lower;
import dev.gantry.image.layer.NeedsLowerFirst;
import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** One layer on its way to disk, or found there. */
final class LayerPull implements Runnable {
  private final BlobSource source;
  private final Descriptor blob;
  private final Compression compression;
  private final Digest diffId;
  private final List<LayerPull> below;
  private final LayerStore store;
  private final LayerUnpacker unpacker;
  private final Downloads downloads;
  private final CompletableFuture<StoredLayer> result = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private boolean cancelled;
  private @Nullable Thread runner;

  LayerPull(
      BlobSource source,
      Descriptor blob,
      Compression compression,
      Digest diffId,
      List<LayerPull> below,
      LayerStore store,
      LayerUnpacker unpacker,
      Downloads downloads) {
    this.source = source;
    this.blob = blob;
    this.compression = compression;
    this.diffId = diffId;
    this.below = below;
    this.store = store;
    this.unpacker = unpacker;
    this.downloads = downloads;
  }

  /** The layer, held for whoever asked for the pull. */
  CompletableFuture<StoredLayer> result() {
    return result;
  }

  /** Completes when nothing is left of the work. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Why it failed; null when it did not. */
  @Nullable Throwable failure() {
    return result.isCompletedExceptionally() ? result.exceptionNow() : null;
  }

  synchronized void cancel() {
    cancelled = true;
    if (runner != null) {
      runner.interrupt();
    } else {
      result.completeExceptionally(new Fault.Cancelled("layer " + blob.digest() + ": cancelled"));
      ended.complete(null);
    }
  }

  private synchronized boolean begin() {
    if (!cancelled) {
      runner = Thread.currentThread();
    }
    return !cancelled;
  }

  /** After this nobody interrupts the thread, which is lent. */
  private synchronized void end() {
    runner = null;
    cancelled = true;
    Thread.interrupted();
  }

  @Override
  public void run() {
    if (!begin()) {
      return;
    }
    try {
      result.complete(Stage.of("pull.layer", blob.digest().toString()).call(this::bring));
    } catch (InterruptedException e) {
      result.completeExceptionally(
          new Fault.Cancelled("layer " + blob.digest() + ": cancelled", e));
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    } finally {
      end();
      ended.complete(null);
    }
  }

  private StoredLayer bring() throws InterruptedException {
    Optional<StoredLayer> there = onDisk();
    if (there.isPresent()) {
      return there.get();
    }
    try (Downloads.Turn turn = downloads.take(diffId)) {
      there = onDisk();
      return there.isPresent() ? there.get() : fetch(turn);
    }
  }

  private Optional<StoredLayer> onDisk() throws InterruptedException {
    Optional<StoredLayer> independent = store.holdIndependent(diffId);
    if (independent.isPresent() || !store.hasAny(diffId)) {
      return independent;
    }
    return store.holdFitting(diffId, awaitBelow());
  }

  private StoredLayer fetch(Downloads.Turn turn) throws InterruptedException {
    Lower lower = lower(turn);
    try (LayerStore.Staging staging = store.stage()) {
      Unpacked unpacked;
      try {
        unpacked = unpack(staging, lower, true);
      } catch (NeedsLowerFirst e) {
        staging.clear();
        lower.await();
        unpacked = unpack(staging, lower, false);
      }
      List<LayerDir> under = unpacked.answers().isEmpty() ? List.of() : awaitBelow();
      return staging.publish(diffId, unpacked, under);
    }
  }

  private Unpacked unpack(LayerStore.Staging staging, Lower lower, boolean optimistic)
      throws InterruptedException {
    LayerBlob layer = new LayerBlob(blob.digest(), blob.size(), compression, diffId);
    try (InputStream stored = source.open(blob)) {
      return unpacker.unpack(layer, stored, staging.dir(), staging.recipe(), lower, optimistic);
    } catch (IOException e) {
      throw new Fault.Internal("layer %s: close: %s".formatted(blob.digest(), e.getMessage()), e);
    }
  }

  private Lower lower(Downloads.Turn turn) {
    return new Lower() {
      @Override
      public boolean isReady() {
        return below.stream().allMatch(p -> p.result.isDone());
      }

      @Override
      public List<LayerDir> await() throws InterruptedException {
        if (!isReady()) {
          turn.close();
        }
        return awaitBelow();
      }
    };
  }

  private List<LayerDir> awaitBelow() throws InterruptedException {
    List<LayerDir> dirs = new ArrayList<>();
    for (LayerPull pull : below) {
      try {
        dirs.add(store.dir(pull.result.get()));
      } catch (ExecutionException e) {
        throw new Fault.Cancelled("layer %s: one below failed".formatted(blob.digest()), e);
      }
    }
    return dirs;
  }
}
