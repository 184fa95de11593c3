package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.CniVersion;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import dev.gantry.linux.netlink.TrafficControl;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Limits what a container receives and sends, as the program {@code bandwidth} does: what it
 * receives by a token bucket on the host's end of its veth, what it sends by one on an ifb device
 * that this is led through.
 */
final class BandwidthPlugin implements Plugin {
  private static final Duration LATENCY = Duration.ofMillis(25);
  private static final int NAME_LENGTH = 15;

  @Override
  public @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    Bandwidth bandwidth = Bandwidth.parse(config);
    switch (command) {
      case ADD -> {
        if (!(config.get("prevResult") instanceof ObjectNode previous)) {
          throw new PluginFailure(PluginFailure.INVALID_CONFIG, "must be called as chained plugin");
        }
        return bandwidth.isNone() ? previous : limit(bandwidth, invocation, config, previous);
      }
      case DEL -> release(deviceName(config, invocation));
      case CHECK -> {
        if (!bandwidth.isNone()) {
          check(bandwidth, invocation, config);
        }
      }
      case STATUS, GC, VERSION -> {}
    }
    return null;
  }

  private static ObjectNode limit(
      Bandwidth bandwidth, Invocation invocation, ObjectNode config, ObjectNode previous)
      throws PluginFailure {
    try (Netlink host = Netlink.open()) {
      Link veth = hostEnd(host, invocation);
      if (bandwidth.ingressRate() > 0) {
        host.execute(
            TrafficControl.tokenBucket(
                veth.index(),
                bandwidth.ingressRate() / 8,
                (int) (bandwidth.ingressBurst() / 8),
                LATENCY));
      }
      if (bandwidth.egressRate() == 0) {
        return previous;
      }
      String name = deviceName(config, invocation);
      host.execute(LinkSpec.named(name).kind("ifb").mtu(veth.mtu()).up().create());
      Link device = Link.find(host, name);
      if (device == null) {
        throw new PluginFailure(PluginFailure.OTHER, "device " + name + " vanished");
      }
      host.execute(
          TrafficControl.ingress(veth.index()),
          TrafficControl.redirect(veth.index(), device.index()),
          TrafficControl.tokenBucket(
              device.index(),
              bandwidth.egressRate() / 8,
              (int) (bandwidth.egressBurst() / 8),
              LATENCY));
      ObjectNode result = previous.deepCopy();
      if (CniVersion.hasAddressList(config.path("cniVersion").asText())) {
        result
            .withArray("interfaces")
            .addObject()
            .put("name", name)
            .put("mac", device.hardwareAddress());
      }
      return result;
    }
  }

  /** The other end of the container's interface, which the kernel names by its index. */
  private static Link hostEnd(Netlink host, Invocation invocation) throws PluginFailure {
    try (Netlink container = LoopbackPlugin.container(invocation.netlink())) {
      Link inside = ContainerSide.find(container, invocation);
      Link outside =
          inside.kind().equals("veth") && inside.peer() != 0
              ? Link.find(host, inside.peer())
              : null;
      if (outside == null) {
        throw new PluginFailure(
            PluginFailure.OTHER, "interface " + inside.name() + " is no veth to the host");
      }
      return outside;
    }
  }

  private static void release(String device) {
    try (Netlink host = Netlink.open()) {
      Fault.Syscall failure = host.attempt(List.of(LinkSpec.named(device).delete())).getFirst();
      if (failure != null && !Netlink.is(failure, Errno.ENODEV)) {
        throw failure;
      }
    }
  }

  private static void check(Bandwidth bandwidth, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    try (Netlink host = Netlink.open()) {
      Link veth = hostEnd(host, invocation);
      Link device = Link.find(host, deviceName(config, invocation));
      boolean ingress =
          bandwidth.ingressRate() == 0 || TrafficControl.isLimited(host, veth.index());
      boolean egress =
          bandwidth.egressRate() == 0
              || (device != null && TrafficControl.isLimited(host, device.index()));
      if (!ingress || !egress) {
        throw new PluginFailure(
            PluginFailure.OTHER, "limit of " + (ingress ? "egress" : "ingress") + " is gone");
      }
    }
  }

  /** The program's own name for it, so that each finds what the other has made. */
  private static String deviceName(ObjectNode config, Invocation invocation) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-512")
              .digest(
                  (config.path("name").asText() + invocation.containerId())
                      .getBytes(StandardCharsets.UTF_8));
      return ("bwp" + HexFormat.of().formatHex(hash)).substring(0, NAME_LENGTH);
    } catch (NoSuchAlgorithmException e) {
      throw new Fault.Internal("hash " + invocation.containerId(), e);
    }
  }
}
