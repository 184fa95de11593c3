package dev.gantry.linux;

import java.util.Arrays;
import java.util.Optional;
import java.util.zip.Deflater;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses raw deflate (RFC 1951) with libisal, about three times as fast as zlib. Not for
 * several threads. Its memory goes with the object.
 */
public final class IsalInflater {
  /** Input taken at once. */
  public static final int MAX_INPUT = 1 << 16;

  private static final int MAX_OUTPUT = 1 << 17;

  // struct inflate_state of igzip_lib.h, on 64 bit machines; see works().
  private static final int STATE_BYTES = 1 << 17;
  private static final int NEXT_OUT = 0;
  private static final int AVAIL_OUT = 8;
  private static final int NEXT_IN = 16;
  private static final int AVAIL_IN = 32;
  private static final int READ_IN_BITS = 36;
  private static final int BLOCK_STATE = 21_160;
  private static final int BLOCK_FINISH = 5;

  private static final boolean AVAILABLE = LibIsal.C != null && works();

  private final LibIsal.Calls library;
  private final Pointer state = Native.allocate(STATE_BYTES);
  private final Pointer in = Native.allocate(MAX_INPUT);
  private final Pointer out = Native.allocate(MAX_OUTPUT);

  private IsalInflater(LibIsal.Calls library) {
    this.library = library;
    library.isal_inflate_init(state);
  }

  /** A new one; empty where the library is missing, or not as we know it. */
  public static Optional<IsalInflater> open() {
    return AVAILABLE ? Optional.ofNullable(make()) : Optional.empty();
  }

  private static @Nullable IsalInflater make() {
    LibIsal.Calls library = LibIsal.C;
    return library == null ? null : new IsalInflater(library);
  }

  /** Begins a new stream; input that is left is forgotten. */
  public void reset() {
    library.isal_inflate_reset(state);
    state.putInt(AVAIL_IN, 0);
  }

  /** Gives at most {@link #MAX_INPUT} bytes, when the last were used up. */
  public void setInput(byte[] bytes, int offset, int length) {
    in.put(0, bytes, offset, length);
    state.putAddress(NEXT_IN, in.address());
    state.putInt(AVAIL_IN, length);
  }

  /** Decompresses up to {@code length} bytes; 0 when it wants input, or is finished. */
  public int inflate(byte[] bytes, int offset, int length) {
    int room = Math.min(length, MAX_OUTPUT);
    state.putAddress(NEXT_OUT, out.address());
    state.putInt(AVAIL_OUT, room);
    int result = library.isal_inflate(state);
    if (result < 0) {
      throw new Fault.Invalid("deflate: %s".formatted(problem(result)));
    }
    int count = room - state.getInt(AVAIL_OUT);
    out.get(0, bytes, offset, count);
    return count;
  }

  private static String problem(int result) {
    return switch (result) {
      case -1 -> "invalid block";
      case -2 -> "invalid symbol";
      case -3 -> "distance too far back";
      default -> "error " + result;
    };
  }

  public boolean finished() {
    return state.getInt(BLOCK_STATE) == BLOCK_FINISH;
  }

  /** How many bytes of the input were not used, counted from its end. */
  public int remaining() {
    return state.getInt(AVAIL_IN) + state.getInt(READ_IN_BITS) / 8;
  }

  /**
   * The fields that we look at have no function to read them: another layout of a later library
   * must lead to the JDK's inflater, not to wrong data.
   */
  private static boolean works() {
    byte[] plain = new byte[50_000];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = (byte) (i * i / 7);
    }
    Deflater deflater = new Deflater(6, true);
    deflater.setInput(plain);
    deflater.finish();
    byte[] packed = new byte[80_000];
    int size = deflater.deflate(packed);
    deflater.end();
    IsalInflater inflater = make();
    return inflater != null
        && inflater.restores(plain, packed, size, size + 11)
        && inflater.restores(plain, packed, size, size);
  }

  private boolean restores(byte[] plain, byte[] packed, int size, int given) {
    reset();
    byte[] found = new byte[plain.length + 100];
    int length = 0;
    int begun = 0;
    for (int at = 0; at < given && !finished(); at += 1000) {
      begun = Math.min(given, at + 1000);
      setInput(packed, at, begun - at);
      int count = inflate(found, length, found.length - length);
      while (count > 0) {
        length += count;
        count = inflate(found, length, found.length - length);
      }
    }
    return finished()
        && begun - remaining() == size
        && Arrays.equals(found, 0, length, plain, 0, plain.length);
  }
}
