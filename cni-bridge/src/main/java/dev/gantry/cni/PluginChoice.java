package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.builtin.Standing;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.exec.ExecutedPlugins;
import dev.gantry.cni.plugin.PluginSource;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which plugins of a network are built in and which are executed, decided for each on its own. What
 * a built-in plugin has made it has to undo, so the choice is part of the reservation: bit {@code
 * i} is set when plugin {@code i} was built in.
 */
final class PluginChoice {
  static final long ALL_EXECUTED = 0;

  private final BuiltinPlugins builtin;
  private final ExecutedPlugins executed;
  private final boolean preferBuiltin;

  PluginChoice(BuiltinPlugins builtin, ExecutedPlugins executed, boolean preferBuiltin) {
    this.builtin = builtin;
    this.executed = executed;
    this.preferBuiltin = preferBuiltin;
  }

  /** The choice for an attachment made now. */
  long choose(NetworkConfig network) {
    long chosen = ALL_EXECUTED;
    int count = Math.min(network.plugins().size(), Long.SIZE);
    for (int i = 0; preferBuiltin && i < count; i++) {
      if (builtin.supports(network, network.plugins().get(i))) {
        chosen |= 1L << i;
      }
    }
    return chosen;
  }

  /** The network's plugins according to a choice. */
  Chain chain(NetworkConfig network, long chosen) {
    List<PluginSource> sources =
        IntStream.range(0, network.plugins().size())
            .<PluginSource>mapToObj(i -> isBuiltin(chosen, i) ? builtin : executed)
            .toList();
    return new Chain(network, sources);
  }

  /** The parts of built-in plugins in a reservation, once it is attached. */
  List<Standing> standing(Reservation r) {
    ObjectNode result = r.result();
    if (result == null) {
      return List.of();
    }
    return IntStream.range(0, r.network().plugins().size())
        .filter(i -> isBuiltin(r.builtin(), i))
        .mapToObj(i -> r.network().plugins().get(i))
        .map(
            plugin ->
                new Standing(
                    r.containerId() + "/" + r.ifName(),
                    plugin.type(),
                    plugin.input(r.network(), result, r.capabilities())))
        .toList();
  }

  /** Whether a reservation is attached, and its link a built-in plugin's to delete. */
  boolean madeLink(Reservation r) {
    return r.result() != null && isBuiltin(r.builtin(), 0);
  }

  private static boolean isBuiltin(long chosen, int index) {
    return index < Long.SIZE && (chosen >> index & 1) == 1;
  }
}
