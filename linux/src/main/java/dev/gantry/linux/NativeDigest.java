package dev.gantry.linux;

import java.lang.ref.Cleaner;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * SHA-2 by OpenSSL. The JDK's own is as fast once its second compiler (C2) has seen it; the daemon
 * runs without that compiler, which costs memory, and computes 130 MB/s then instead of 1,700.
 */
public final class NativeDigest extends MessageDigest {
  private static final int CHUNK = 1 << 16;
  private static final Cleaner CLEANER = Cleaner.create();

  private final LibCrypto.Calls library;
  private final Pointer type;
  private final Pointer context;
  private final int length;
  private final Pointer chunk = Native.allocate(CHUNK);

  private NativeDigest(LibCrypto.Calls library, String algorithm, Pointer type, int length) {
    super(algorithm);
    this.library = library;
    this.type = type;
    this.length = length;
    Pointer made = library.EVP_MD_CTX_new();
    if (made == null) {
      throw new Fault.Exhausted("digest " + algorithm + ": out of memory");
    }
    this.context = made;
    // The lambda must not hold this.
    CLEANER.register(this, () -> library.EVP_MD_CTX_free(made));
    engineReset();
  }

  /**
   * A new computation; empty where the library is missing.
   *
   * @param algorithm {@code SHA-256} or {@code SHA-512}
   */
  public static Optional<MessageDigest> open(String algorithm) {
    return Optional.ofNullable(LibCrypto.C).map(library -> make(library, algorithm));
  }

  private static @Nullable NativeDigest make(LibCrypto.Calls library, String algorithm) {
    return switch (algorithm) {
      case "SHA-256" -> new NativeDigest(library, algorithm, library.EVP_sha256(), 32);
      case "SHA-512" -> new NativeDigest(library, algorithm, library.EVP_sha512(), 64);
      default -> null;
    };
  }

  @Override
  protected int engineGetDigestLength() {
    return length;
  }

  @Override
  protected void engineUpdate(byte input) {
    engineUpdate(new byte[] {input}, 0, 1);
  }

  @Override
  protected void engineUpdate(byte[] input, int offset, int count) {
    int done = 0;
    while (done < count) {
      int part = Math.min(count - done, CHUNK);
      chunk.put(0, input, offset + done, part);
      check(library.EVP_DigestUpdate(context, chunk, part), "update");
      done += part;
    }
  }

  @Override
  protected byte[] engineDigest() {
    // EVP_MAX_MD_SIZE
    byte[] found = new byte[64];
    check(library.EVP_DigestFinal_ex(context, found, new int[1]), "end");
    engineReset();
    return Arrays.copyOf(found, length);
  }

  @Override
  protected void engineReset() {
    check(library.EVP_DigestInit_ex(context, type, NULL), "begin");
  }

  private static final Pointer NULL = Pointer.wrap(Native.runtime(), 0L);

  private void check(int result, String step) {
    if (result != 1) {
      throw new Fault.Internal("%s digest %s: libcrypto failed".formatted(step, getAlgorithm()));
    }
  }

  /** Not possible: the state is the library's. */
  @Override
  public Object clone() throws CloneNotSupportedException {
    throw new CloneNotSupportedException();
  }
}
