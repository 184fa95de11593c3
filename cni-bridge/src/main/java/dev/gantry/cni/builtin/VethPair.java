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
 * The cable between the bridge and a container. The host's end has its name and its hardware
 * address from a hash of its owner, so that it is found again, and never mistaken, when all that is
 * left is the container's id. Both are there from the moment the interface is: the kernel ignores
 * an alias in the message that makes a link, so an alias could be missing after a crash.
 */
final class VethPair {
  private static final int O_RDONLY = 0;

  /** Names tried; two owners with the same 32 bits of hash are rare, three are not met. */
  private static final int NAMES = 3;

  private VethPair() {}

  /**
   * Makes the pair: one end a port of the bridge and up, the other, still down, in the container's
   * namespace.
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
        outside.veth(inside).hardwareAddress(mark(invocation.owner())).master(bridge.index());
        Fault.Syscall failure = host.attempt(List.of(outside.create())).getFirst();
        if (failure == null) {
          describe(host, name, config, invocation);
          return name;
        }
        if (!Netlink.is(failure, Errno.EEXIST)) {
          throw failure;
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

  /**
   * What the message that makes a link cannot say, and sets it up. The alias is for people only.
   */
  private static void describe(
      Netlink host, String name, BridgeConfig config, Invocation invocation) {
    List<NetlinkMessage> changes = new ArrayList<>();
    // A port of a bridge receives nothing itself, and every address and route of the node makes
    // those of the next pod dearer. A kernel without IPv6 refuses, and has none of that.
    changes.add(LinkSpec.named(name).withoutLinkLocal().set());
    changes.add(LinkSpec.named(name).alias(invocation.owner()).set());
    if (config.hairpin()) {
      changes.add(LinkSpec.named(name).hairpin(true).set());
    }
    if (config.isolated()) {
      changes.add(LinkSpec.named(name).isolated(true).set());
    }
    if (!config.vlans().isNone()) {
      Link port = Link.find(host, name);
      changes.addAll(config.vlans().on(port == null ? 0 : port.index()));
    }
    changes.add(LinkSpec.named(name).up().set());
    List<Fault.@Nullable Syscall> failures = host.attempt(changes);
    for (Fault.Syscall failure : failures.subList(1, failures.size())) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** Deletes the pair wherever it is found; nothing is a success too. */
  static void delete(Netlink host, Invocation invocation, @Nullable CniResult previous) {
    boolean found = false;
    for (int salt = 0; salt < NAMES; salt++) {
      Link link = Link.find(host, name(invocation.owner(), salt));
      if (link != null && link.hardwareAddress().equals(mark(invocation.owner()))) {
        deleteLink(host, LinkSpec.at(link.index()));
        found = true;
      }
    }
    if (found) {
      return;
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
    return "veth" + HexFormat.of().formatHex(hash(owner + "#" + salt), 0, 4);
  }

  /** The hardware address of the host's end: locally administered, not a group (IEEE 802). */
  static String mark(String owner) {
    byte[] hash = hash("host end of " + owner);
    hash[0] = (byte) ((hash[0] & 0xfc) | 0x02);
    return HexFormat.ofDelimiter(":").formatHex(hash, 0, 6);
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new Fault.Internal("hash " + text, e);
    }
  }
}
