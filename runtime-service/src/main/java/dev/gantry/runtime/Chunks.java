package dev.gantry.runtime;

import java.util.ArrayList;
import java.util.List;

/** A list in pieces, for answers that are streamed. */
final class Chunks {
  private Chunks() {}

  /** Pieces of at most {@code size} items, none of them empty. */
  static <T> List<List<T>> of(List<T> items, int size) {
    List<List<T>> chunks = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      chunks.add(items.subList(from, Math.min(from + size, items.size())));
    }
    return chunks;
  }
}
