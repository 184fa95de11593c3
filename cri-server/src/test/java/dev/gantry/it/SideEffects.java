package dev.gantry.it;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which calls out of Gantry's classes change something that outlives the daemon. What is not known
 * to be harmless is one: each native function is, unless it stands in {@link #NATIVE_READS}, and a
 * method of a class that can change files must stand in one list or the other.
 */
final class SideEffects {
  private static final String NATIVE = "dev/gantry/linux/";
  private static final String PROTOTYPES = "$Calls";

  /** Libraries that compute. */
  private static final Set<String> PURE = Set.of("LibCrypto", "LibIsal", "LibSeccomp");

  private static final Set<String> NATIVE_READS =
      Set.of(
          "close",
          "read",
          "pread",
          "fcntl",
          "statx",
          "readlinkat",
          "lgetxattr",
          "llistxattr",
          "fstatfs",
          "recv",
          "recvmsg",
          "epoll_create1",
          "epoll_ctl",
          "epoll_wait",
          "getsockopt",
          "memfd_create",
          "pipe2",
          "waitpid",
          "nft_ctx_new",
          "nft_ctx_free",
          "nft_ctx_buffer_output",
          "nft_ctx_buffer_error",
          "nft_ctx_get_output_buffer",
          "nft_ctx_get_error_buffer",
          "nft_ctx_output_set_flags");

  private static final Set<String> FILE_WRITES =
      Set.of(
          "copy",
          "createDirectories",
          "createDirectory",
          "createFile",
          "createLink",
          "createSymbolicLink",
          "createTempDirectory",
          "createTempFile",
          "delete",
          "deleteIfExists",
          "move",
          "newByteChannel",
          "newOutputStream",
          "setAttribute",
          "setLastModifiedTime",
          "setPosixFilePermissions",
          "write",
          "writeString");

  private static final Set<String> FILE_READS =
      Set.of(
          "exists",
          "getAttribute",
          "getFileStore",
          "getLastModifiedTime",
          "getPosixFilePermissions",
          "isDirectory",
          "isExecutable",
          "isReadable",
          "isRegularFile",
          "isSymbolicLink",
          "isWritable",
          "lines",
          "list",
          "newBufferedReader",
          "newDirectoryStream",
          "newInputStream",
          "notExists",
          "readAllBytes",
          "readAllLines",
          "readAttributes",
          "readString",
          "readSymbolicLink",
          "size",
          "walk",
          "walkFileTree");

  private SideEffects() {}

  /**
   * The effect's name; null for a call that has none.
   *
   * @param owner a class as in class files, with slashes
   */
  static @Nullable String of(String owner, String method) {
    String simple = owner.substring(owner.lastIndexOf('/') + 1);
    if (owner.startsWith(NATIVE) && owner.endsWith(PROTOTYPES)) {
      String library = simple.substring(0, simple.length() - PROTOTYPES.length());
      return PURE.contains(library) || NATIVE_READS.contains(method) ? null : method;
    }
    boolean changes =
        switch (owner) {
          case "java/nio/file/Files" -> changesFiles(method);
          case "java/nio/channels/FileChannel" -> method.equals("open");
          case "java/io/FileOutputStream", "java/io/RandomAccessFile", "java/io/FileWriter" ->
              method.equals("<init>");
          case "java/sql/Connection" -> method.equals("commit");
          case "java/lang/ProcessBuilder" -> method.equals("start");
          case "java/lang/Process", "java/lang/ProcessHandle" -> method.startsWith("destroy");
          default -> false;
        };
    return changes ? simple + "." + method : null;
  }

  private static boolean changesFiles(String method) {
    if (FILE_WRITES.contains(method)) {
      return true;
    }
    if (FILE_READS.contains(method)) {
      return false;
    }
    throw new IllegalStateException(
        "Files.%s: does it change something? Neither list of SideEffects has it".formatted(method));
  }
}
