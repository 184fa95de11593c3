package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.config.PluginConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Addresses that belong to nobody: host-local makes the file first and writes the owner into it
 * afterwards, so one that is killed in between leaves an empty file, which no DEL and no GC finds.
 * Under the store's lock nobody is in between.
 */
public final class EmptyAddresses {
  private EmptyAddresses() {}

  /** Gives back those of the network, as far as host-local keeps them, executed or built in. */
  public static void release(NetworkConfig network) {
    for (PluginConfig plugin : network.plugins()) {
      if (plugin.json().path("ipam").path("type").asText("").equals("host-local")) {
        ObjectNode named = plugin.json().deepCopy().put("name", network.name());
        Path directory = HostLocalConfig.directory(named);
        if (Files.isDirectory(directory)) {
          try (AddressStore store = AddressStore.lock(directory)) {
            store.releaseIf(String::isEmpty);
          }
        }
      }
    }
  }
}
