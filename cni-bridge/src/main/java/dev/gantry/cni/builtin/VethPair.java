package dev.gantry.cni.builtin;

import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import dev.gantry.linux.netlink.NetlinkMessage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cable between the bridge and a container. The host's end is named by a hash of its owner and
 * carries the owner as alias, so that it is found again, and never mistaken, when all that is left
 * is the container's id.
 */
final class VethPair {
  private static final int O_RDONLY = 0;

  /** Names tried; two owners with the same 32 bits of hash are rare, three are not met. */
  private static final int NAMES = 3;

  private VethPair() {}

  /**
   * Makes the pair: one end a port of the bridge and up, the other, still down, in the container's
   * namespace. One round trip.
   *
   * @return the name of the host's end
   */
  static String create(
      Netlink host, Link bridge, BridgeConfig config, String hardwareAddress, Invocation invocation)
      throws PluginFailure {
    try (Fd netns = Fd.open(invocation.netnsPath(), O_RDONLY, 0)) {
      for (int salt = 0; salt < NAMES; salt++) {
        String name = name(invocation.owner(), salt);
        LinkSpec inside = LinkSpec.named(invocation.ifName()).netns(netns);
        LinkSpec outside = LinkSpec.named(name);
        if (config.mtu() != 0) {
          inside.mtu(config.mtu());
          outside.mtu(config.mtu());
        }
        inside.hardwareAddress(hardwareAddress);
        outside.veth(inside).master(bridge.index()).alias(invocation.owner()).up();
        List<NetlinkMessage> changes = new ArrayList<>(List.of(outside.create()));
        if (config.hairpin()) {
          changes.add(LinkSpec.named(name).hairpin(true).set());
        }
        List<Fault.@Nullable Syscall> failures = host.attempt(changes);
        if (!Netlink.is(failures.getFirst(), Errno.EEXIST)) {
          for (Fault.Syscall failure : failures) {
            if (failure != null) {
              throw failure;
            }
          }
          return name;
        }
        // Either end's name is taken. The host's: another owner's, try the next name.
        if (Link.find(host, name) == null) {
          throw new PluginFailure(
              PluginFailure.OTHER,
              "container already has an interface named " + invocation.ifName());
        }
      }
    }
    throw new PluginFailure(
        PluginFailure.OTHER, "no free name for the interface of " + invocation.owner());
  }

  /** Deletes the pair wherever it is found; nothing is a success too. */
  static void delete(Netlink host, Invocation invocation, @Nullable CniResult previous) {
    for (int salt = 0; salt < NAMES; salt++) {
      Link link = Link.find(host, name(invocation.owner(), salt));
      if (link != null && link.alias().equals(invocation.owner())) {
        deleteLink(host, LinkSpec.at(link.index()));
        return;
      }
    }
    // Made by the program of the same name: found from inside, or from what it said it had made.
    Fd inside = invocation.netlink();
    if (inside != null) {
      try (Netlink container = Netlink.on(inside)) {
        deleteLink(container, LinkSpec.named(invocation.ifName()));
      }
    } else if (previous != null) {
      previous.interfaces().stream()
          .filter(i -> i.sandbox().isEmpty() && i.name().startsWith("veth"))
          .map(i -> Link.find(host, i.name()))
          .filter(l -> l != null && l.kind().equals("veth") && l.alias().isEmpty())
          .forEach(l -> deleteLink(host, LinkSpec.at(l.index())));
    }
  }

  private static void deleteLink(Netlink netlink, LinkSpec spec) {
    Fault.Syscall failure = netlink.attempt(List.of(spec.delete())).getFirst();
    if (failure != null && !Netlink.is(failure, Errno.ENODEV)) {
      throw failure;
    }
  }

  static String name(String owner, int salt) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((owner + "#" + salt).getBytes(StandardCharsets.UTF_8));
      return "veth" + HexFormat.of().formatHex(hash, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new Fault.Internal("hash " + owner, e);
    }
  }
}
