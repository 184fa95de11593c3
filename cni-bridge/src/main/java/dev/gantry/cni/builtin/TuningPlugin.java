package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Sets sysctls of the container's network and properties of its interface, as the program {@code
 * tuning} does. It restores nothing: what it changes ends with the interface (see {@link
 * Tuning#supports}).
 */
final class TuningPlugin implements Plugin {
  private final Path allowlist;

  /**
   * @param allowlist regular expressions, one a line; where the file exists a sysctl must match one
   */
  TuningPlugin(Path allowlist) {
    this.allowlist = allowlist;
  }

  @Override
  public @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    Tuning tuning = Tuning.parse(config, invocation);
    switch (command) {
      case ADD -> {
        if (!(config.get("prevResult") instanceof ObjectNode previous)) {
          throw new PluginFailure(PluginFailure.INVALID_CONFIG, "must be called as chained plugin");
        }
        requireAllowed(tuning);
        for (Map.Entry<String, String> sysctl : tuning.sysctls().entrySet()) {
          invocation.sysctls().write(path(sysctl.getKey(), invocation.ifName()), sysctl.getValue());
        }
        return tuning.changesLink() ? change(tuning, invocation, previous) : previous;
      }
      case CHECK -> check(tuning, invocation);
      case DEL -> forget(tuning, invocation);
      case STATUS, GC, VERSION -> {}
    }
    return null;
  }

  private void requireAllowed(Tuning tuning) throws PluginFailure {
    List<Pattern> allowed;
    try {
      allowed =
          Files.readAllLines(allowlist).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .map(Pattern::compile)
              .toList();
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException | PatternSyntaxException e) {
      throw new Fault.Precondition("read " + allowlist + ": " + e.getMessage(), e);
    }
    for (String key : tuning.sysctls().keySet()) {
      if (allowed.stream().noneMatch(p -> p.matcher(key).find())) {
        throw new PluginFailure(
            PluginFailure.OTHER, "sysctl " + key + " is not allowed by " + allowlist);
      }
    }
  }

  /**
   * A sysctl's place. As in sysctl(8) the first separator, dot or slash, is the one that separates;
   * {@code IFNAME} stands for the interface.
   */
  static String path(String key, String ifName) throws PluginFailure {
    int dot = key.indexOf('.');
    int slash = key.indexOf('/');
    boolean dotted = dot >= 0 && (slash < 0 || dot < slash);
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      path.append(dotted && c == '.' ? '/' : dotted && c == '/' ? '.' : c);
    }
    String name = path.toString().replace("IFNAME", ifName);
    if (!name.startsWith("net/") || List.of(name.split("/", -1)).contains("..")) {
      throw new PluginFailure(PluginFailure.OTHER, "invalid net sysctl key: " + key);
    }
    return name;
  }

  private static ObjectNode change(Tuning tuning, Invocation invocation, ObjectNode previous)
      throws PluginFailure {
    try (Netlink container = LoopbackPlugin.container(invocation.netlink())) {
      LinkSpec spec = LinkSpec.at(ContainerSide.find(container, invocation).index());
      if (!tuning.hardwareAddress().isEmpty()) {
        spec.hardwareAddress(tuning.hardwareAddress());
      }
      if (tuning.promiscuous()) {
        spec.promiscuous(true);
      }
      if (tuning.mtu() != 0) {
        spec.mtu(tuning.mtu());
      }
      if (tuning.transmitQueue() != 0) {
        spec.transmitQueue(tuning.transmitQueue());
      }
      if (tuning.allMulticast() != null) {
        spec.allMulticast(tuning.allMulticast());
      }
      container.execute(spec.set());
    }
    ObjectNode result = previous.deepCopy();
    for (JsonNode each : result.path("interfaces")) {
      if (each instanceof ObjectNode made
          && made.path("name").asText().equals(invocation.ifName())
          && !tuning.hardwareAddress().isEmpty()) {
        made.put("mac", tuning.hardwareAddress());
      }
    }
    return result;
  }

  private static void check(Tuning tuning, Invocation invocation) throws PluginFailure {
    for (Map.Entry<String, String> sysctl : tuning.sysctls().entrySet()) {
      String now = invocation.sysctls().read(path(sysctl.getKey(), invocation.ifName()));
      require(now.equals(sysctl.getValue()), sysctl.getKey(), now);
    }
    try (Netlink container = LoopbackPlugin.container(invocation.netlink())) {
      Link link = ContainerSide.find(container, invocation);
      String address = tuning.hardwareAddress().toLowerCase(Locale.ROOT);
      require(
          address.isEmpty() || address.equals(link.hardwareAddress()),
          "mac",
          link.hardwareAddress());
      require(tuning.mtu() == 0 || tuning.mtu() == link.mtu(), "mtu", link.mtu());
      require(!tuning.promiscuous() || (link.flags() & Link.PROMISC) != 0, "promisc", link.flags());
      Boolean allMulticast = tuning.allMulticast();
      require(
          allMulticast == null || allMulticast == ((link.flags() & Link.ALLMULTI) != 0),
          "allmulti",
          link.flags());
    }
  }

  private static void require(boolean condition, String what, Object now) throws PluginFailure {
    if (!condition) {
      throw new PluginFailure(PluginFailure.OTHER, what + " was changed, it is " + now);
    }
  }

  /** The program would restore from this file, and then delete it. */
  private static void forget(Tuning tuning, Invocation invocation) {
    Path backup =
        tuning.backups().resolve(invocation.containerId() + "_" + invocation.ifName() + ".json");
    try {
      Files.deleteIfExists(backup);
    } catch (IOException e) {
      throw new Fault.Internal("delete " + backup + ": " + e, e);
    }
  }
}
