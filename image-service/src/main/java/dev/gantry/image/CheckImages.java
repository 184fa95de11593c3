package dev.gantry.image;

import dev.gantry.image.layer.TreeCheck;
import dev.gantry.image.layer.TreeUsage;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Looks whether the layers on disk are what their digests say, file by file: after a crash of the
 * node, a failing disk, or somebody's hand in the store.
 */
public final class CheckImages {
  private final ImageStore images;
  private final LayerStore layers;
  private final RepairLayer repairs;

  CheckImages(ImageStore images, LayerStore layers, RepairLayer repairs) {
    this.images = images;
    this.layers = layers;
    this.repairs = repairs;
  }

  /**
   * Checks layers one after the other and tells of each.
   *
   * @param references of images; empty for all
   * @param repair whether to pull anew what is broken
   * @throws Fault.NotFound when an image is not here
   */
  public void run(List<String> references, boolean repair, Consumer<CheckedLayer> each)
      throws InterruptedException {
    Map<Long, List<Image>> users = users(references);
    List<Long> held = List.copyOf(users.keySet());
    layers.hold(held);
    try {
      for (Map.Entry<Long, List<Image>> entry : users.entrySet()) {
        Optional<StoredLayer> layer = layers.get(entry.getKey());
        if (layer.isPresent()) {
          each.accept(check(layer.get(), entry.getValue(), repair));
        }
      }
    } finally {
      layers.release(held);
    }
  }

  /** Layers that Gantry made itself have no archive: they are left out. */
  private Map<Long, List<Image>> users(List<String> references) {
    List<Image> chosen = new ArrayList<>();
    for (String reference : references) {
      chosen.add(
          images
              .find(reference)
              .orElseThrow(
                  () -> new Fault.NotFound("check %s: no such image".formatted(reference))));
    }
    Map<Long, List<Image>> users = new LinkedHashMap<>();
    for (Image image : references.isEmpty() ? images.list() : chosen) {
      for (LayerRef ref : image.layers()) {
        if (ref.blob().isPresent()) {
          users.computeIfAbsent(ref.directory(), _ -> new ArrayList<>()).add(image);
        }
      }
    }
    return users;
  }

  private CheckedLayer check(StoredLayer layer, List<Image> users, boolean repair)
      throws InterruptedException {
    List<String> names =
        users.stream()
            .map(i -> i.repoTags().isEmpty() ? i.id().value() : i.repoTags().getFirst())
            .distinct()
            .toList();
    List<String> problems;
    try {
      problems = problems(layer);
    } catch (Fault.Unsupported e) {
      return new CheckedLayer(
          layer.diffId(), names, List.of(), String.valueOf(e.getMessage()), false, "");
    }
    if (problems.isEmpty() || !repair) {
      return new CheckedLayer(layer.diffId(), names, problems, "", false, "");
    }
    try {
      repairs.run(layer, users);
      List<String> left = problems(layer);
      String failed = left.isEmpty() ? "" : "still: " + left.getFirst();
      return new CheckedLayer(layer.diffId(), names, problems, "", left.isEmpty(), failed);
    } catch (Fault e) {
      return new CheckedLayer(
          layer.diffId(), names, problems, "", false, String.valueOf(e.getMessage()));
    }
  }

  private List<String> problems(StoredLayer layer) throws InterruptedException {
    List<String> problems = new ArrayList<>();
    try (Dir dir = Dir.open(layers.dir(layer).path());
        InputStream archive = new PlainArchive(layers, layer).open()) {
      problems.addAll(TreeCheck.run(dir, archive, layer.diffId()));
      long inodes = TreeUsage.of(dir).inodes();
      if (inodes != layer.inodes()) {
        problems.add("%d files and directories, not %d".formatted(inodes, layer.inodes()));
      }
    } catch (Fault.Unsupported e) {
      throw e;
    } catch (Fault e) {
      problems.add(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      problems.add("read: " + e.getMessage());
    }
    return problems;
  }
}
