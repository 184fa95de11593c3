package dev.gantry.server;

import dev.gantry.linux.Fault;
import dev.gantry.server.config.LoadedConfig;
import dev.gantry.server.config.ServerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the daemon runs: applies what can be applied and names the
 * keys that wait for a restart. A configuration with a mistake changes nothing.
 */
final class Reload {
  private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

  private final Supplier<LoadedConfig> source;
  private final LoadedConfig started;
  private final Consumer<ServerConfig> apply;
  private LoadedConfig last;

  /**
   * @param source reads the files again
   * @param started what the daemon was started with
   * @param apply takes over the values of the keys that are marked as reloadable
   */
  Reload(Supplier<LoadedConfig> source, LoadedConfig started, Consumer<ServerConfig> apply) {
    this.source = source;
    this.started = started;
    this.apply = apply;
    this.last = started;
  }

  /** Does it; answers in words what happened, which is logged too. */
  synchronized String run() {
    LoadedConfig now;
    try {
      now = source.get();
    } catch (Fault e) {
      LOG.error("configuration not reloaded, the old one stays in effect: {}", e.getMessage());
      return "configuration not reloaded: " + e.getMessage();
    }
    Set<String> live = LoadedConfig.reloadable();
    List<String> applied = new ArrayList<>(now.differences(last));
    applied.retainAll(live);
    List<String> waiting = new ArrayList<>(now.differences(started));
    waiting.removeAll(live);
    apply.accept(now.config());
    last = now;
    String words =
        "configuration reloaded, %s; %s"
            .formatted(
                applied.isEmpty() ? "nothing to apply" : "applied " + settings(now, applied),
                waiting.isEmpty()
                    ? "nothing waits for a restart"
                    : "waiting for a restart: " + String.join(", ", waiting));
    LOG.info("{}", words);
    return words;
  }

  private static String settings(LoadedConfig config, List<String> keys) {
    return String.join(
        ", ", keys.stream().map(key -> key + " = " + config.values().get(key)).toList());
  }
}
