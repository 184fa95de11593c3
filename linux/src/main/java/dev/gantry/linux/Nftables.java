package dev.gantry.linux;

import java.util.concurrent.locks.ReentrantLock;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The packet filter, spoken to in the language of nft(8) through libnftables. One call is one
 * transaction: all of its commands take effect together, or none does. Works in the network
 * namespace of the thread that opens it. Calls of several threads take turns, the library's parser
 * not being reentrant.
 */
public final class Nftables implements AutoCloseable {
  private static final ReentrantLock PARSER = new ReentrantLock();
  private static final int OUTPUT_JSON = 1 << 4;

  private @Nullable Pointer context;

  private Nftables(Pointer context) {
    this.context = context;
  }

  /**
   * @throws Fault.Unsupported when libnftables is not installed
   */
  public static Nftables open() {
    LibNft.Calls library;
    try {
      library = LibNft.Loaded.C;
    } catch (LinkageError e) {
      throw new Fault.Unsupported("load libnftables.so.1: not installed", e);
    }
    PARSER.lock();
    try {
      Pointer context = library.nft_ctx_new(0);
      if (context == null) {
        throw new Fault.Internal("open libnftables: no context");
      }
      Nftables opened = new Nftables(context);
      if (library.nft_ctx_buffer_output(context) != 0
          || library.nft_ctx_buffer_error(context) != 0) {
        opened.close();
        throw new Fault.Internal("open libnftables: no memory");
      }
      return opened;
    } finally {
      PARSER.unlock();
    }
  }

  /**
   * Runs commands as one transaction and answers what they print, as text.
   *
   * @throws Refused with the library's own words when any of them is refused; nothing was changed
   */
  public String run(String commands) throws Refused {
    return run(commands, 0);
  }

  /** As {@link #run(String)}, the answer as libnftables-json(5). */
  public String runForJson(String commands) throws Refused {
    return run(commands, OUTPUT_JSON);
  }

  private String run(String commands, int flags) throws Refused {
    PARSER.lock();
    try {
      Pointer open = context;
      if (open == null) {
        throw new IllegalStateException("closed: libnftables");
      }
      LibNft.Calls library = LibNft.Loaded.C;
      library.nft_ctx_output_set_flags(open, flags);
      int result = library.nft_run_cmd_from_buffer(open, commands);
      // Both buffers are emptied by being read.
      String output = library.nft_ctx_get_output_buffer(open);
      String error = library.nft_ctx_get_error_buffer(open);
      if (result != 0) {
        throw new Refused(error == null ? "" : error.strip());
      }
      return output == null ? "" : output;
    } finally {
      PARSER.unlock();
    }
  }

  @Override
  public void close() {
    PARSER.lock();
    try {
      Pointer open = context;
      context = null;
      if (open != null) {
        LibNft.Loaded.C.nft_ctx_free(open);
      }
    } finally {
      PARSER.unlock();
    }
  }

  /** What libnftables answered instead of obeying. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }
}
