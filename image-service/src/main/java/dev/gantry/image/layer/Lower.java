package dev.gantry.image.layer;

import java.util.List;

/**
 * The layers below the one being unpacked. They may still be on their way: {@link #await} blocks
 * until all are there.
 */
public interface Lower {
  /** Whether {@link #await} would not block. */
  boolean isReady();

  /**
   * The layers' directories, bottom first.
   *
   * @throws InterruptedException when the pull is cancelled meanwhile
   * @throws dev.gantry.linux.Fault when one of them failed
   */
  List<LayerDir> await() throws InterruptedException;
}
