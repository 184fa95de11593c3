package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;

/**
 * Starts a program with exactly the descriptors it is given: number {@code i} of the list becomes
 * descriptor {@code i} there, everything else of this process is close-on-exec. Signals are at
 * their defaults and none is blocked. For programs that put themselves in the background: {@link
 * #run} waits for the end of the process it started.
 */
public final class Spawn {
  private static final short SETSIGDEF = 4;
  private static final short SETSIGMASK = 8;

  /** Above glibc's sizes of posix_spawn_file_actions_t (80) and posix_spawnattr_t (336). */
  private static final int STRUCT_BYTES = 512;

  private static final int SIGSET_BYTES = 128;
  private static final int MOST_DESCRIPTORS = 64;

  private Spawn() {}

  /**
   * Runs a program to its end, with an empty environment.
   *
   * @return its raw wait status (wait(2))
   */
  public static int run(String path, List<String> arguments, List<Fd> descriptors) {
    return start(path, arguments, descriptors).await();
  }

  /** A process that was started; {@link #await} is to be called once, or it stays as a zombie. */
  public record Child(int pid, String path) {
    /**
     * Waits for its end.
     *
     * @return its raw wait status (wait(2))
     */
    public int await() {
      Pointer status = Native.allocate(4);
      while (LibcSpawn.C.waitpid(pid, status, 0) < 0) {
        int errno = Native.errno();
        if (errno != Errno.EINTR.number()) {
          throw Native.failure(errno, "wait for " + path);
        }
      }
      return status.getInt(0);
    }
  }

  /** As {@link #run}, without waiting. */
  public static Child start(String path, List<String> arguments, List<Fd> descriptors) {
    Pointer actions = Native.allocate(STRUCT_BYTES);
    Pointer attributes = Native.allocate(STRUCT_BYTES);
    Pointer pid = Native.allocate(4);
    // Duplicates above the range of the targets: no dup2 can then overwrite a later one's source,
    // and none has equal source and target, which would leave close-on-exec set.
    List<Fd> sources = new ArrayList<>();
    check(LibcSpawn.C.posix_spawn_file_actions_init(actions), path);
    check(LibcSpawn.C.posix_spawnattr_init(attributes), path);
    try {
      for (int i = 0; i < descriptors.size(); i++) {
        Fd source = descriptors.get(i).duplicateAbove(MOST_DESCRIPTORS);
        sources.add(source);
        check(LibcSpawn.C.posix_spawn_file_actions_adddup2(actions, source.number(), i), path);
      }
      Pointer none = Native.allocate(SIGSET_BYTES);
      Pointer all = Native.allocate(SIGSET_BYTES);
      all.setMemory(0, SIGSET_BYTES, (byte) 0xff);
      check(LibcSpawn.C.posix_spawnattr_setsigmask(attributes, none), path);
      check(LibcSpawn.C.posix_spawnattr_setsigdefault(attributes, all), path);
      check(
          LibcSpawn.C.posix_spawnattr_setflags(attributes, (short) (SETSIGMASK | SETSIGDEF)), path);
      Strings argv = new Strings(arguments);
      Strings environment = new Strings(List.of());
      check(
          LibcSpawn.C.posix_spawn(pid, path, actions, attributes, argv.array, environment.array),
          path);
      return new Child(pid.getInt(0), path);
    } finally {
      sources.forEach(Fd::close);
      LibcSpawn.C.posix_spawn_file_actions_destroy(actions);
      LibcSpawn.C.posix_spawnattr_destroy(attributes);
    }
  }

  /** These calls answer the error number instead of setting errno. */
  private static void check(int error, String path) {
    if (error != 0) {
      throw Native.failure(error, "start " + path);
    }
  }

  /** A NULL-terminated array of C strings, kept alive with it. */
  private static final class Strings {
    final Pointer array;
    final List<Pointer> texts = new ArrayList<>();

    Strings(List<String> strings) {
      array = Native.allocate(8 * (strings.size() + 1));
      for (int i = 0; i < strings.size(); i++) {
        byte[] bytes = strings.get(i).getBytes(UTF_8);
        Pointer text = Native.allocate(bytes.length + 1);
        text.put(0, bytes, 0, bytes.length);
        texts.add(text);
        array.putPointer(8L * i, text);
      }
    }
  }
}
