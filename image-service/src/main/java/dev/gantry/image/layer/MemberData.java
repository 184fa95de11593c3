package dev.gantry.image.layer;

import java.io.IOException;

/** The stored bytes of the member at hand. */
@FunctionalInterface
interface MemberData {
  /** Reads some; 0 when there are no more. */
  int read(byte[] buffer, int offset, int length) throws IOException;
}
