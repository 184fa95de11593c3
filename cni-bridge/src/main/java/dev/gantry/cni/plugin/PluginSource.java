package dev.gantry.cni.plugin;

/** Where plugins come from, by their type. */
@FunctionalInterface
public interface PluginSource {
  /**
   * @throws PluginFailure with {@link PluginFailure#NOT_FOUND} when there is none
   */
  Plugin find(String type) throws PluginFailure;
}
