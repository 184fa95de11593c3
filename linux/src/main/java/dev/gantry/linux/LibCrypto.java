package dev.gantry.linux;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import org.jspecify.annotations.Nullable;

/** OpenSSL 3's message digests, EVP_DigestInit(3). */
final class LibCrypto {
  /** Null where the library is not installed. */
  static final @Nullable Calls C = load();

  private LibCrypto() {}

  private static @Nullable Calls load() {
    try {
      return Native.load(Calls.class, "libcrypto.so.3");
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    Pointer EVP_MD_CTX_new();

    void EVP_MD_CTX_free(Pointer context);

    Pointer EVP_sha256();

    Pointer EVP_sha512();

    int EVP_DigestInit_ex(Pointer context, Pointer type, Pointer engine);

    int EVP_DigestUpdate(Pointer context, Pointer data, @size_t long length);

    int EVP_DigestFinal_ex(Pointer context, @Out byte[] digest, @Out int[] length);
  }
}
