package dev.gantry.cni;

/**
 * Whether containers can be attached now.
 *
 * @param reason one word in camel case; empty when ready
 * @param message the reason in words; empty when ready
 */
public record NetworkState(boolean ready, String reason, String message) {
  static final NetworkState READY = new NetworkState(true, "", "");

  static NetworkState notReady(String message) {
    return new NetworkState(false, "NetworkPluginNotReady", message);
  }
}
