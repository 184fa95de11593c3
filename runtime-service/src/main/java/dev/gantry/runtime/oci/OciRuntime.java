package dev.gantry.runtime.oci;

import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An OCI runtime of the node and its command line, as runc, crun and youki share it (OCI runtime
 * specification, runtime.md; runc(8)). Each answer is a program with its arguments.
 *
 * @param name of the runtime handler
 * @param path the program
 * @param root where it keeps its state, emptied by a reboot
 * @param options for each call, before the command
 */
public record OciRuntime(String name, Path path, Path root, List<String> options) {
  public OciRuntime {
    if (!path.isAbsolute()) {
      throw new Fault.Invalid("runtimes.%s.path: %s is not absolute".formatted(name, path));
    }
    options = List.copyOf(options);
  }

  /** Makes the container's process, which then waits for {@link #start}. */
  public List<String> create(String id, boolean terminal, Call call) {
    List<String> words = words(call);
    words.addAll(List.of("create", "--bundle", call.directory().toString()));
    words.addAll(List.of("--pid-file", call.pidFile()));
    if (terminal) {
      words.addAll(List.of("--console-socket", call.socket()));
    }
    words.add(id);
    return words;
  }

  public List<String> start(String id, Call call) {
    List<String> words = words(call);
    words.addAll(List.of("start", id));
    return words;
  }

  /** Starts another process in it, described by the call's file. */
  public List<String> exec(String id, boolean terminal, Call call) {
    List<String> words = words(call);
    words.addAll(List.of("exec", "--detach", "--process", call.processFile()));
    words.addAll(List.of("--pid-file", call.pidFile()));
    if (terminal) {
      words.addAll(List.of("--console-socket", call.socket()));
    }
    words.add(id);
    return words;
  }

  public List<String> kill(String id, int signal) {
    return words("kill", id, Integer.toString(signal));
  }

  /** Changes limits to those of a file. */
  public List<String> update(String id, Path resources) {
    return words("update", "--resources", resources.toString(), id);
  }

  /** Removes what it knows of the container, by force. */
  public List<String> delete(String id) {
    return words("delete", "--force", id);
  }

  /** What it can do, as JSON (OCI runtime specification, features.md). */
  public List<String> features() {
    return words("features");
  }

  private List<String> words(Call call) {
    return words("--log", call.log().toString(), "--log-format", "json");
  }

  private List<String> words(String... more) {
    List<String> words = new ArrayList<>(List.of(path.toString(), "--root", root.toString()));
    words.addAll(options);
    words.addAll(List.of(more));
    return words;
  }

  /**
   * The files of one call, all in one directory; the runtime works in it.
   *
   * @param directory the bundle
   * @param name tells the files of calls apart that run at the same time
   */
  public record Call(Path directory, String name) {
    public String pidFile() {
      return name + ".pid";
    }

    /** Where the runtime sends the master of a terminal. */
    public String socket() {
      return name + ".sock";
    }

    public String processFile() {
      return name + ".json";
    }

    public Path log() {
      return directory.resolve(name + ".log");
    }

    /** All of them. */
    public List<Path> files() {
      return List.of(
          directory.resolve(pidFile()),
          directory.resolve(socket()),
          directory.resolve(processFile()),
          log());
    }
  }
}
