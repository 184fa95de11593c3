package dev.gantry.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Called in a daemon under test right before each side effect. A point is the effect and the
 * methods that led to it. When the file {@code armed} in the directory of the variable {@value
 * #DIRECTORY} says {@value #RECORD}, points are listed in its file {@code points}; when it says a
 * point, the daemon kills itself there.
 */
public final class Door {
  public static final String RECORD = "record";
  public static final String DIRECTORY = "GANTRY_CRASH_DIR";
  private static final int SIGKILL = 9;

  /** Packages that do what others want. */
  private static final Set<String> SERVANTS =
      Set.of(
          "dev.gantry.crash", "dev.gantry.linux", "dev.gantry.linux.netlink", "dev.gantry.state");

  private static final StackWalker WALKER = StackWalker.getInstance();
  private static final @Nullable Path DIR = directory();

  private Door() {}

  private static @Nullable Path directory() {
    String name = System.getenv(DIRECTORY);
    return name == null ? null : Path.of(name);
  }

  /**
   * @param effect such as {@code Files.move}
   */
  public static void enter(String effect) {
    if (DIR == null) {
      return;
    }
    Path armed = DIR.resolve("armed");
    if (!armed.toFile().exists()) {
      return;
    }
    if (onlyReads()) {
      return;
    }
    String point = point(effect);
    try {
      String wanted = Files.readString(armed);
      if (wanted.equals(RECORD)) {
        record(DIR.resolve("points"), point);
      } else if (wanted.equals(point)) {
        die();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static synchronized void record(Path file, String point) throws IOException {
    Files.writeString(file, point + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** A transaction, for the database; not an effect. */
  private static boolean onlyReads() {
    return WALKER.walk(
        all ->
            all.anyMatch(
                f ->
                    f.getClassName().equals("dev.gantry.state.Database")
                        && f.getMethodName().equals("read")));
  }

  /** From the outside in, without what serves the call. */
  private static String point(String effect) {
    List<String> frames =
        WALKER.walk(
            all ->
                all.filter(f -> f.getClassName().startsWith("dev.gantry."))
                    .filter(f -> !SERVANTS.contains(packageOf(f.getClassName())))
                    .map(Door::text)
                    .toList());
    List<String> path = new ArrayList<>(List.of(effect));
    for (String frame : frames) {
      if (frame.startsWith("RuntimeGrpc.") || frame.startsWith("ImageGrpc.")) {
        break;
      }
      if (!frame.equals(path.getLast())) {
        path.add(frame);
      }
    }
    Collections.reverse(path);
    return String.join(" > ", path);
  }

  private static String packageOf(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  private static String text(StackWalker.StackFrame frame) {
    return "%s.%s:%d"
        .formatted(
            simple(frame.getClassName()), method(frame.getMethodName()), frame.getLineNumber());
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String method(String name) {
    return name.startsWith("lambda$") ? name.split("\\$", -1)[1] : name;
  }

  /** As from outside: nothing of the process gets to say a last word. */
  @SuppressWarnings("restricted")
  private static void die() {
    Linker linker = Linker.nativeLinker();
    try {
      var _ =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("kill"),
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact((int) ProcessHandle.current().pid(), SIGKILL);
      Thread.sleep(Long.MAX_VALUE);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
