package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.NetworkConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One interface that was, or was to be, attached: all that is needed to undo it when everything
 * else is gone.
 *
 * @param network as it was when ADD began
 * @param builtin which of its plugins were built in; see {@link PluginChoice}
 * @param capabilities the runtime's arguments
 * @param result null until ADD succeeded
 */
record Reservation(
    String containerId,
    String ifName,
    NetworkConfig network,
    long builtin,
    String netnsPath,
    Map<String, String> args,
    ObjectNode capabilities,
    @Nullable ObjectNode result) {

  Reservation withResult(ObjectNode outcome) {
    return new Reservation(
        containerId, ifName, network, builtin, netnsPath, args, capabilities, outcome);
  }
}
