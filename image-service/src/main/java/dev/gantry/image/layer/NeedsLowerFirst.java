package dev.gantry.image.layer;

/**
 * An implied parent turned out to be a link in the layers below, so members were put in the wrong
 * place: the layer must be unpacked again with the layers below at hand.
 */
public final class NeedsLowerFirst extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NeedsLowerFirst(String path) {
    super("parent " + RawPath.show(path) + " is a link in a layer below", null, false, false);
  }
}
