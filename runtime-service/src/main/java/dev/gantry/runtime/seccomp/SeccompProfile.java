package dev.gantry.runtime.seccomp;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp profile in the JSON form that docker and OCI share. Localhost profiles of CRI are files
 * of this form; the default one is a resource of ours.
 */
public record SeccompProfile(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    @Nullable List<String> architectures,
    @Nullable List<ArchMap> archMap,
    @Nullable List<String> flags,
    @Nullable String listenerPath,
    @Nullable List<Rule> syscalls) {

  /** A main architecture with those that a kernel of it runs as well. */
  public record ArchMap(String architecture, @Nullable List<String> subArchitectures) {}

  /** An action for system calls, under conditions on arguments and on the container. */
  @JsonIgnoreProperties("comment")
  public record Rule(
      @Nullable String name,
      @Nullable List<String> names,
      String action,
      @Nullable Integer errnoRet,
      @Nullable List<Arg> args,
      @Nullable Condition includes,
      @Nullable Condition excludes) {}

  /** A comparison of one argument. */
  public record Arg(int index, long value, @Nullable Long valueTwo, String op) {}

  /** When a rule counts: any of these capabilities, architectures, at least this kernel. */
  public record Condition(
      @Nullable List<String> caps, @Nullable List<String> arches, @Nullable String minKernel) {}

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  private static final long LARGEST_FILE = 1 << 20;

  public SeccompProfile {
    if (listenerPath != null && !listenerPath.isEmpty()) {
      throw new Fault.Unsupported("seccomp profile: listenerPath is not supported");
    }
  }

  /** The profile for {@code RuntimeDefault}. */
  public static SeccompProfile ofRuntime() {
    try (InputStream in = SeccompProfile.class.getResourceAsStream("default.json")) {
      if (in == null) {
        throw new Fault.Internal("seccomp: the default profile is missing from the jar");
      }
      return parse(in.readAllBytes(), "default profile");
    } catch (IOException e) {
      throw new Fault.Internal("seccomp: read the default profile: " + e.getMessage(), e);
    }
  }

  /** The profile in a file of the node; {@code field} is what named it. */
  public static SeccompProfile ofFile(Path file, String field) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_FILE) {
        throw new Fault.Invalid("%s: %s is no file of at most 1 MiB".formatted(field, file));
      }
      return parse(Files.readAllBytes(file), field + ": " + file);
    } catch (IOException e) {
      throw new Fault.Invalid("%s: read %s: %s".formatted(field, file, e.getMessage()), e);
    }
  }

  static SeccompProfile parse(byte[] json, String what) {
    try {
      return JSON.readValue(json, SeccompProfile.class);
    } catch (JsonProcessingException e) {
      throw new Fault.Invalid(
          "%s: not a seccomp profile: %s".formatted(what, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new Fault.Internal("%s: %s".formatted(what, e.getMessage()), e);
    }
  }
}
