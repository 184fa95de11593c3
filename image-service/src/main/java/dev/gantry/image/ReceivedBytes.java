package dev.gantry.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.LongAdder;

/** Counts what streams give. */
final class ReceivedBytes {
  private final LongAdder bytes = new LongAdder();

  long sum() {
    return bytes.sum();
  }

  /** The same stream, counted. */
  InputStream count(InputStream stream) {
    return new FilterInputStream(stream) {
      @Override
      public int read() throws IOException {
        int value = super.read();
        add(value < 0 ? 0 : 1);
        return value;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, length);
        add(count);
        return count;
      }

      @Override
      public long skip(long wanted) throws IOException {
        long count = super.skip(wanted);
        add(count);
        return count;
      }
    };
  }

  private void add(long count) {
    if (count > 0) {
      bytes.add(count);
    }
  }
}
