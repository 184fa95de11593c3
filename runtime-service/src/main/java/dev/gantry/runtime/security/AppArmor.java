package dev.gantry.runtime.security;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The node's AppArmor: what is loaded, and the profile that containers get by default. Absent on
 * most nodes that are no Debian, Ubuntu or SUSE.
 */
public final class AppArmor {
  /** The name of the profile in {@code apparmor.profile}. */
  public static final String DEFAULT_PROFILE = "gantry-default";

  private static final long PARSER_SECONDS = 60;

  private final Path root;

  /**
   * @param root {@code /}, or a directory that stands for it in tests
   */
  public AppArmor(Path root) {
    this.root = root;
  }

  /** Whether the kernel has it on and the program that loads profiles is there. */
  public boolean isUsable() {
    return text("sys/module/apparmor/parameters/enabled").startsWith("Y")
        && Files.exists(profiles())
        && Files.isExecutable(parser());
  }

  /** Whether a profile of that name is in the kernel. */
  public boolean isLoaded(String profile) {
    try (Stream<String> lines = Files.lines(profiles())) {
      // "name (enforce)"; a name may hold blanks itself.
      return lines.anyMatch(line -> line.replaceFirst(" \\([a-z]+\\)$", "").equals(profile));
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(profiles(), e.getMessage()), e);
    }
  }

  /**
   * Loads the default profile, replacing that of an older Gantry. Once at the daemon's start.
   *
   * @throws Fault.Internal with what apparmor_parser(8) says
   */
  public void loadDefault() {
    try {
      Process process =
          new ProcessBuilder(parser().toString(), "--replace", "--skip-cache")
              .redirectErrorStream(true)
              .start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(defaultProfile());
      }
      String said = new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8);
      if (!process.waitFor(PARSER_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new Fault.Timeout("load AppArmor profile " + DEFAULT_PROFILE);
      }
      if (process.exitValue() != 0) {
        throw new Fault.Internal(
            "load AppArmor profile %s: %s".formatted(DEFAULT_PROFILE, said.strip()));
      }
    } catch (IOException e) {
      throw new Fault.Internal("run %s: %s".formatted(parser(), e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("load AppArmor profile " + DEFAULT_PROFILE, e);
    }
  }

  static byte[] defaultProfile() throws IOException {
    try (InputStream in = AppArmor.class.getResourceAsStream("apparmor.profile")) {
      if (in == null) {
        throw new Fault.Internal("the AppArmor profile is missing from the jar");
      }
      return in.readAllBytes();
    }
  }

  private Path profiles() {
    return root.resolve("sys/kernel/security/apparmor/profiles");
  }

  private Path parser() {
    return root.resolve("sbin/apparmor_parser");
  }

  private String text(String path) {
    Path file = root.resolve(path);
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
