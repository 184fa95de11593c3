package dev.gantry.linux;

import jnr.ffi.Pointer;

/** libnftables(3). */
final class LibNft {
  private LibNft() {}

  /** Loaded at the first use, so that a node without the library can still run without networks. */
  static final class Loaded {
    static final Calls C = Native.load(Calls.class, "libnftables.so.1");

    private Loaded() {}
  }

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    Pointer nft_ctx_new(int flags);

    void nft_ctx_free(Pointer context);

    int nft_ctx_buffer_output(Pointer context);

    int nft_ctx_buffer_error(Pointer context);

    String nft_ctx_get_output_buffer(Pointer context);

    String nft_ctx_get_error_buffer(Pointer context);

    void nft_ctx_output_set_flags(Pointer context, int flags);

    int nft_run_cmd_from_buffer(Pointer context, CharSequence commands);
  }
}
