package dev.gantry.image.layer;

import dev.gantry.linux.IsalInflater;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/** Raw deflate, by the fastest that this machine has. */
sealed interface RawInflater extends AutoCloseable {
  void reset();

  /** At most {@link IsalInflater#MAX_INPUT} bytes. */
  void setInput(byte[] bytes, int offset, int length);

  /** 0 when it wants input, or is finished. */
  int inflate(byte[] bytes, int offset, int length) throws ZipException;

  boolean finished();

  /** Input bytes not used. */
  int remaining();

  @Override
  void close();

  static RawInflater open() {
    return IsalInflater.open().<RawInflater>map(Isal::new).orElseGet(Jdk::new);
  }

  /** libisal. */
  record Isal(IsalInflater inflater) implements RawInflater {
    @Override
    public void reset() {
      inflater.reset();
    }

    @Override
    public void setInput(byte[] bytes, int offset, int length) {
      inflater.setInput(bytes, offset, length);
    }

    @Override
    public int inflate(byte[] bytes, int offset, int length) {
      return inflater.inflate(bytes, offset, length);
    }

    @Override
    public boolean finished() {
      return inflater.finished();
    }

    @Override
    public int remaining() {
      return inflater.remaining();
    }

    @Override
    public void close() {}
  }

  /** zlib. */
  record Jdk(Inflater inflater) implements RawInflater {
    Jdk() {
      this(new Inflater(true));
    }

    @Override
    public void reset() {
      inflater.reset();
    }

    @Override
    public void setInput(byte[] bytes, int offset, int length) {
      inflater.setInput(bytes, offset, length);
    }

    @Override
    public int inflate(byte[] bytes, int offset, int length) throws ZipException {
      try {
        int count = inflater.inflate(bytes, offset, length);
        if (count == 0 && inflater.needsDictionary()) {
          throw new ZipException("deflate: wants a dictionary");
        }
        return count;
      } catch (DataFormatException e) {
        throw new ZipException("deflate: " + e.getMessage());
      }
    }

    @Override
    public boolean finished() {
      return inflater.finished();
    }

    @Override
    public int remaining() {
      return inflater.getRemaining();
    }

    @Override
    public void close() {
      inflater.end();
    }
  }
}
