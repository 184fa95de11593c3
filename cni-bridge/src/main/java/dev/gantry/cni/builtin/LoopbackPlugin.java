package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniDns;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.Fd;
import dev.gantry.linux.netlink.InterfaceAddress;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings {@code lo} up. */
final class LoopbackPlugin implements Plugin {
  private static final String LO = "lo";

  @Override
  public @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    Fd socket = invocation.netlink();
    switch (command) {
      case ADD -> {
        try (Netlink netlink = container(socket)) {
          netlink.execute(LinkSpec.named(LO).up().set());
          return config.get("prevResult") instanceof ObjectNode previous
              ? previous
              : result(netlink, invocation).toJson(config.path("cniVersion").asText());
        }
      }
      case CHECK -> {
        try (Netlink netlink = container(socket)) {
          Link link = Link.find(netlink, LO);
          if (link == null || !link.up()) {
            throw new PluginFailure(PluginFailure.OTHER, "interface lo is not up");
          }
        }
      }
      case DEL -> {
        if (socket != null) {
          try (Netlink netlink = Netlink.on(socket)) {
            netlink.execute(LinkSpec.named(LO).down().set());
          }
        }
      }
      case STATUS, GC, VERSION -> {}
    }
    return null;
  }

  static Netlink container(@Nullable Fd socket) throws PluginFailure {
    if (socket == null) {
      throw new PluginFailure(PluginFailure.OTHER, "no socket in the container's namespace");
    }
    return Netlink.on(socket);
  }

  private static CniResult result(Netlink netlink, Invocation invocation) {
    CniResult.Interface lo =
        new CniResult.Interface(LO, "00:00:00:00:00:00", invocation.netnsPath(), 0);
    List<CniResult.Ip> ips =
        InterfaceAddress.all(netlink).stream()
            .filter(a -> a.address().isLoopbackAddress())
            .map(a -> new CniResult.Ip(0, new Cidr(a.address(), a.prefixLength()), null))
            .toList();
    return new CniResult(List.of(lo), ips, List.of(), CniDns.NONE);
  }
}
