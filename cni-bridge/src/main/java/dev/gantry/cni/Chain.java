package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.config.CniVersion;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.config.PluginConfig;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PluginSource;
import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the plugins of a network one after the other (CNI 1.1, section 3). */
final class Chain {
  private static final Logger LOG = LoggerFactory.getLogger(Chain.class);

  private final NetworkConfig network;
  private final List<PluginSource> sources;

  /**
   * @param sources where each plugin of the network comes from
   */
  Chain(NetworkConfig network, List<PluginSource> sources) {
    this.network = network;
    this.sources = List.copyOf(sources);
  }

  /** Each plugin gets the result of the one before it; the last one's is the network's. */
  ObjectNode add(Invocation invocation, ObjectNode capabilities) {
    ObjectNode result = null;
    for (PluginConfig plugin : network.plugins()) {
      ObjectNode input = plugin.input(network, result, capabilities);
      result = run(plugin, Command.ADD, invocation, input);
      if (result == null) {
        throw new Fault.Internal(prefix(plugin, Command.ADD) + ": no result");
      }
    }
    return result == null ? Json.object() : result;
  }

  /** From the last plugin to the first; all are asked, and the first failure is thrown. */
  void delete(Invocation invocation, ObjectNode capabilities, @Nullable ObjectNode result) {
    delete(network.plugins(), invocation, capabilities, result);
  }

  /** The part of {@link #delete} that comes first: all plugins but the one that made the link. */
  void deleteRest(Invocation invocation, ObjectNode capabilities, @Nullable ObjectNode result) {
    List<PluginConfig> all = network.plugins();
    delete(all.subList(1, all.size()), invocation, capabilities, result);
  }

  /** The part of {@link #delete} that comes last: the plugin that made the link. */
  void deleteFirst(Invocation invocation, ObjectNode capabilities, @Nullable ObjectNode result) {
    delete(network.plugins().subList(0, 1), invocation, capabilities, result);
  }

  private void delete(
      List<PluginConfig> plugins,
      Invocation invocation,
      ObjectNode capabilities,
      @Nullable ObjectNode result) {
    Fault failure = null;
    ObjectNode previous = CniVersion.hasCheck(network.cniVersion()) ? result : null;
    for (PluginConfig plugin : plugins.reversed()) {
      try {
        call(plugin, Command.DEL, invocation, plugin.input(network, previous, capabilities));
      } catch (PluginFailure e) {
        if (e.code() == PluginFailure.NOT_FOUND) {
          // Nothing can be asked to undo it: failing would keep the container for ever.
          LOG.warn("skip {}: {}", prefix(plugin, Command.DEL), e.getMessage());
        } else {
          failure = both(failure, fault(plugin, Command.DEL, e));
        }
      } catch (Fault e) {
        failure = both(failure, e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Whether all is as ADD left it. */
  void check(Invocation invocation, ObjectNode capabilities, ObjectNode result) {
    if (!network.disableCheck() && CniVersion.hasCheck(network.cniVersion())) {
      for (PluginConfig plugin : network.plugins()) {
        run(plugin, Command.CHECK, invocation, plugin.input(network, result, capabilities));
      }
    }
  }

  /** Whether ADD could succeed now. */
  void status() {
    for (PluginConfig plugin : network.plugins()) {
      if (CniVersion.hasStatus(network.cniVersion())) {
        ObjectNode input = plugin.input(network, null, Json.object());
        run(plugin, Command.STATUS, Invocation.ofNetwork(), input);
      } else {
        require(plugin);
      }
    }
  }

  private void require(PluginConfig plugin) {
    try {
      find(plugin);
    } catch (PluginFailure e) {
      throw new Fault.Unavailable("network " + network.name() + ": " + e.getMessage(), e);
    }
  }

  private Plugin find(PluginConfig plugin) throws PluginFailure {
    return source(plugin).find(plugin.type());
  }

  private PluginSource source(PluginConfig plugin) {
    return sources.get(network.plugins().indexOf(plugin));
  }

  /**
   * Lets plugins free what belongs to no valid attachment.
   *
   * @param valid the network's attachments
   */
  void collect(Set<Reservation> valid) {
    if (network.disableGc() || !CniVersion.hasStatus(network.cniVersion())) {
      return;
    }
    for (PluginConfig plugin : network.plugins()) {
      ObjectNode input = plugin.input(network, null, Json.object());
      var list = input.putArray("cni.dev/valid-attachments");
      for (Reservation r : valid) {
        list.addObject().put("containerID", r.containerId()).put("ifname", r.ifName());
      }
      run(plugin, Command.GC, Invocation.ofNetwork(), input);
    }
  }

  private @Nullable ObjectNode run(
      PluginConfig plugin, Command command, Invocation invocation, ObjectNode input) {
    try {
      return call(plugin, command, invocation, input);
    } catch (PluginFailure e) {
      throw fault(plugin, command, e);
    }
  }

  private @Nullable ObjectNode call(
      PluginConfig plugin, Command command, Invocation invocation, ObjectNode input)
      throws PluginFailure {
    Map<String, String> labels =
        Map.of(
            "operation",
            command.name(),
            "plugin",
            plugin.type(),
            "how",
            source(plugin) instanceof BuiltinPlugins ? "builtin" : "executed");
    Optional<ObjectNode> result =
        new Stage("cni", labels, network.name())
            .call(() -> Optional.ofNullable(asked(plugin, command, invocation, input)));
    return result.orElse(null);
  }

  private @Nullable ObjectNode asked(
      PluginConfig plugin, Command command, Invocation invocation, ObjectNode input)
      throws PluginFailure {
    try {
      return find(plugin).run(command, invocation, input);
    } catch (Fault e) {
      throw e.within(prefix(plugin, command));
    }
  }

  private Fault fault(PluginConfig plugin, Command command, PluginFailure e) {
    String text = prefix(plugin, command) + ": " + e.getMessage();
    return switch (e.code()) {
      case PluginFailure.NOT_FOUND,
          PluginFailure.TRY_LATER,
          PluginFailure.NOT_AVAILABLE,
          PluginFailure.LIMITED ->
          new Fault.Unavailable(text, e);
      default -> new Fault.Internal(text, e);
    };
  }

  private static Fault both(@Nullable Fault first, Fault second) {
    if (first == null) {
      return second;
    }
    first.addSuppressed(second);
    return first;
  }

  private String prefix(PluginConfig plugin, Command command) {
    return "network " + network.name() + ": plugin " + plugin.type() + " " + command;
  }
}
