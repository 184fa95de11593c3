package dev.gantry.image.layer;

import dev.gantry.image.layer.LayerState.Described;
import dev.gantry.image.layer.LayerState.Implied;
import dev.gantry.image.layer.LayerState.Unknown;
import dev.gantry.image.layer.LowerFact.Attributes;
import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import dev.gantry.linux.FileStat.FileTime;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What can be done only when all members of a layer are written. */
final class LayerSettlement {
  private static final byte[] YES = {'y'};

  private final LayerWriter layer;

  private LayerSettlement(LayerWriter layer) {
    this.layer = layer;
  }

  /**
   * Settles removed names, opaque directories, implied parents and the times of directories.
   *
   * @throws NeedsLowerFirst when the layer must be unpacked again
   */
  static void settle(LayerWriter layer) throws InterruptedException {
    LayerSettlement settlement = new LayerSettlement(layer);
    settlement.askImplied();
    settlement.whiteouts();
    settlement.opaque();
    settlement.directories();
  }

  /** Parents first: below one that the layers below don't have, nothing needs asking. */
  private void askImplied() throws InterruptedException {
    TreeMap<String, LayerState.Origin> sorted = new TreeMap<>(layer.state.directories());
    for (Map.Entry<String, LayerState.Origin> entry : sorted.entrySet()) {
      if (entry.getValue() instanceof Unknown) {
        String path = entry.getKey();
        LowerFact fact = layer.state.hidesLower(path) ? new LowerFact.None() : layer.lower.at(path);
        switch (fact) {
          case LowerFact.Directory(Attributes attributes) ->
              layer.state.directory(path, new Implied(attributes));
          case LowerFact.None() -> layer.state.directory(path, new Implied(Attributes.DEFAULT));
          case LowerFact.Link _, LowerFact.Other _ -> throw new NeedsLowerFirst(path);
        }
      }
    }
  }

  private void whiteouts() throws InterruptedException {
    for (String path : layer.state.whiteouts) {
      String parent = layer.find(RawPath.parent(path));
      if (parent == null) {
        continue;
      }
      String name = RawPath.name(path);
      String resolved = RawPath.child(parent, name);
      if (layer.state.isDirectory(resolved)) {
        layer.state.opaque(resolved);
      } else if (!isHere(parent, name)
          && !layer.state.hidesLower(parent)
          && layer.lower.exists(resolved)) {
        layer.dirs.at(layer.make(parent)).mknod(name, FileStat.CHARACTER, 0, 0);
      }
    }
  }

  private boolean isHere(String parent, String name) {
    return layer.state.isDirectory(parent) && layer.dirs.at(parent).stat(name) != null;
  }

  private void opaque() throws InterruptedException {
    for (String path : layer.state.opaqueDirectories().stream().sorted().toList()) {
      if (path.isEmpty()) {
        opaqueRoot();
      } else {
        markOpaque(path);
      }
    }
  }

  private void markOpaque(String path) {
    layer.dirs.at(RawPath.parent(path)).setXattr(RawPath.name(path), MergedDir.OPAQUE, YES);
  }

  /** overlayfs merges roots whatever their attributes say, so every name is hidden by itself. */
  private void opaqueRoot() throws InterruptedException {
    for (String name : layer.lower.rootNames()) {
      if (layer.state.isDirectory(name)) {
        markOpaque(name);
      } else if (!isHere("", name)) {
        layer.root.mknod(name, FileStat.CHARACTER, 0, 0);
      }
    }
  }

  private void directories() {
    layer
        .state
        .directories()
        .forEach(
            (path, origin) -> {
              if (path.isEmpty()) {
                finish(layer.root, ".", origin);
              } else {
                finish(layer.dirs.at(RawPath.parent(path)), RawPath.name(path), origin);
              }
            });
    if (rootOrigin() == null) {
      layer.root.chmod(".", Attributes.DEFAULT.permissions());
      layer.root.setTimes(".", FileTime.EPOCH, FileTime.EPOCH);
    }
  }

  private LayerState.@Nullable Origin rootOrigin() {
    return layer.state.origin("").orElse(null);
  }

  private static void finish(Dir parent, String name, LayerState.Origin origin) {
    switch (origin) {
      case Described(FileTime accessed, FileTime modified) ->
          parent.setTimes(name, accessed, modified);
      case Implied(Attributes a) -> {
        FileAttributes.apply(parent, name, a.uid(), a.gid(), a.permissions(), a.xattrs());
        parent.setTimes(name, a.modified(), a.modified());
      }
      case Unknown() -> throw new IllegalStateException("unknown directory " + RawPath.show(name));
    }
  }
}
