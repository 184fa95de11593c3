package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import java.nio.file.Path;

/** Owner, mode, times and extended attributes of a layer's root. */
public final class RootAttributes {
  private final LowerFact.Attributes attributes;

  private RootAttributes(LowerFact.Attributes attributes) {
    this.attributes = attributes;
  }

  /** Those of a layer's directory. */
  public static RootAttributes of(Path layer) {
    try (Dir dir = Dir.open(layer)) {
      return new RootAttributes(LowerFact.Attributes.of(dir, ".", dir.stat()));
    }
  }

  /** Whether a layer that says nothing about its root has the same. */
  public boolean areDefault() {
    return text().equals(LowerFact.Attributes.DEFAULT.text());
  }

  /** Equal for equal attributes. */
  public String text() {
    return attributes.text();
  }

  /** Gives them to another directory. */
  public void applyTo(Dir dir) {
    FileAttributes.apply(
        dir,
        ".",
        attributes.uid(),
        attributes.gid(),
        attributes.permissions(),
        attributes.xattrs());
    FileStat.FileTime modified = attributes.modified();
    dir.setTimes(".", modified, modified);
  }
}
