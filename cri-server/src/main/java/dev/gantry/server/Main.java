package dev.gantry.server;

import dev.gantry.linux.Fault;
import dev.gantry.linux.NativeLibraries;
import dev.gantry.server.config.ConfigLoader;
import dev.gantry.server.config.LoadedConfig;
import dev.gantry.server.rpc.SelfCall;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code gantryd}: the command line of the daemon. */
@Command(
    name = "gantryd",
    description = "Kubernetes container runtime: serves CRI v1 on a unix socket.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = ConfigCommand.class)
public final class Main implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final Path CONFIG = Path.of("/etc/gantry/config.toml");

  @Option(
      names = "--config",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description =
          "Configuration, /etc/gantry/config.toml; config.d/*.toml beside it is read too.")
  private @Nullable Path config;

  @Option(
      names = "--listen",
      scope = ScopeType.INHERIT,
      paramLabel = "ADDRESS",
      description = "Socket to serve, unix:///PATH.")
  private @Nullable String listen;

  @Option(
      names = "--root",
      scope = ScopeType.INHERIT,
      paramLabel = "DIR",
      description = "Directory of durable state.")
  private @Nullable String root;

  @Option(
      names = "--state",
      scope = ScopeType.INHERIT,
      paramLabel = "DIR",
      description = "Directory of volatile state.")
  private @Nullable String state;

  @Option(
      names = "--log-level",
      scope = ScopeType.INHERIT,
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace.")
  private @Nullable String logLevel;

  Main() {}

  public static void main(String[] args) {
    Main daemon = new Main();
    if (daemon.takes(List.of(args))) {
      System.exit(daemon.serve());
    }
    CommandLine line = line();
    line.setExecutionExceptionHandler(Main::report);
    int code = line.execute(args);
    System.exit(code);
  }

  /** The command line as it is declared, for its manual page too. */
  public static CommandLine line() {
    return new CommandLine(new Main());
  }

  /**
   * Whether these are options of the daemon and nothing else, which are set then. It is what a node
   * starts, and picocli's classes are too old for the JVM's AOT cache: a fifth of the start.
   */
  boolean takes(List<String> arguments) {
    Main taken = new Main();
    for (int i = 0; i < arguments.size(); i += 2) {
      if (i + 1 == arguments.size() || arguments.get(i + 1).startsWith("-")) {
        return false;
      }
      String value = arguments.get(i + 1);
      switch (arguments.get(i)) {
        case "--config" -> taken.config = Path.of(value);
        case "--listen" -> taken.listen = value;
        case "--root" -> taken.root = value;
        case "--state" -> taken.state = value;
        case "--log-level" -> taken.logLevel = value;
        default -> {
          return false;
        }
      }
    }
    config = taken.config;
    listen = taken.listen;
    root = taken.root;
    state = taken.state;
    logLevel = taken.logLevel;
    return true;
  }

  private int serve() {
    try {
      run();
      return 0;
    } catch (Fault e) {
      System.err.println("gantryd: " + e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("gantryd failed", e);
    }
    return 1;
  }

  private static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    if (e instanceof Fault) {
      line.getErr().println("gantryd: " + e.getMessage());
    } else {
      LOG.error("gantryd failed", e);
    }
    return 1;
  }

  /**
   * Serves until SIGTERM, which ends the process with 0 and leaves the pods running. SIGHUP reads
   * the configuration again.
   */
  @Override
  public void run() {
    NativeLibraries natives = NativeLibraries.bind();
    LoadedConfig loaded = load();
    LogSetup.level(loaded.config().log().level());
    SdNotify notify = new SdNotify(System.getenv());
    String status = "serving " + loaded.config().server().listen();
    Reload reload = new Reload(this::load, loaded, LogSetup::apply);
    Daemon daemon = Daemon.start(loaded.config(), natives);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> exit(daemon, notify), "shutdown"));
    Hangup.handle(
        () -> {
          notify.reloading();
          notify.ready(status + "; " + reload.run());
        });
    notify.ready(status);
    Optional<Watchdog> watchdog =
        notify
            .watchdog()
            .map(t -> new Watchdog(notify, new SelfCall(loaded.config().server().listen()), t));
    try {
      Housekeeping.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watchdog.ifPresent(Watchdog::close);
    }
  }

  @SuppressWarnings("SystemExitInShutdownHook") // halt: the JVM's own code for SIGTERM is 143
  private static void exit(Daemon daemon, SdNotify notify) {
    int code = 0;
    try {
      notify.stopping();
      daemon.close();
      LOG.info("stopped; pods keep running");
    } catch (Throwable e) {
      LOG.error("stop failed", e);
      code = 1;
    }
    Runtime.getRuntime().halt(code);
  }

  /** The configuration that these flags lead to. */
  LoadedConfig load() {
    Map<String, String> flags = new LinkedHashMap<>();
    put(flags, "server.listen", listen);
    put(flags, "paths.root", root);
    put(flags, "paths.state", state);
    put(flags, "log.level", logLevel);
    return ConfigLoader.load(config == null ? CONFIG : config, config != null, flags);
  }

  private static void put(Map<String, String> flags, String key, @Nullable String value) {
    if (value != null) {
      flags.put(key, value);
    }
  }
}
