package dev.gantry.cni.plugin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** A CNI plugin: JSON in, JSON out. */
@FunctionalInterface
public interface Plugin {
  /**
   * @param config the request configuration, with name, cniVersion and what else it needs
   * @return the result of ADD and VERSION; null for other commands
   * @throws PluginFailure when it answers with an error
   */
  @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure;
}
