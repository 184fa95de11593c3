package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniDns;
import dev.gantry.cni.result.CniResult;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives addresses out of local ranges, round and round, as the host-local plugin does. */
final class HostLocal {

  record Given(List<CniResult.Ip> addresses, List<CniResult.RouteTo> routes, CniDns dns) {}

  /** One address of each set of ranges. */
  Given reserve(ObjectNode config, Invocation invocation) throws PluginFailure {
    HostLocalConfig plan = HostLocalConfig.parse(config, invocation);
    List<InetAddress> requested = new ArrayList<>(plan.requested());
    List<CniResult.Ip> given = new ArrayList<>();
    try (AddressStore store = AddressStore.lock(plan.directory())) {
      try {
        for (int set = 0; set < plan.sets().size(); set++) {
          given.add(one(store, set, plan.sets().get(set), requested, invocation));
        }
        if (!requested.isEmpty()) {
          throw new PluginFailure(
              PluginFailure.OTHER, "requested address " + requested + " is in no range");
        }
      } catch (PluginFailure e) {
        List<InetAddress> undo = given.stream().map(ip -> ip.address().address()).toList();
        if (!undo.isEmpty()) {
          store.release(invocation.containerId(), invocation.ifName(), undo);
        }
        throw e;
      }
    }
    return new Given(given, plan.routes(), plan.dns());
  }

  private static CniResult.Ip one(
      AddressStore store,
      int set,
      List<AddressRange> ranges,
      List<InetAddress> requested,
      Invocation invocation)
      throws PluginFailure {
    InetAddress wanted =
        requested.stream()
            .filter(a -> ranges.stream().anyMatch(r -> r.contains(a)))
            .findFirst()
            .orElse(null);
    if (wanted != null) {
      requested.remove(wanted);
      return exactly(store, set, ranges, wanted, invocation);
    }
    RangeWalk walk = new RangeWalk(ranges, store.last(set));
    for (InetAddress next = walk.next(); next != null; next = walk.next()) {
      if (store.reserve(next, set, invocation.containerId(), invocation.ifName())) {
        return ip(next, walk.range());
      }
    }
    throw new PluginFailure(
        PluginFailure.OTHER,
        "no IP addresses available in range set: "
            + ranges.stream().map(r -> Cidr.text(r.start()) + "-" + Cidr.text(r.end())).toList());
  }

  private static CniResult.Ip exactly(
      AddressStore store,
      int set,
      List<AddressRange> ranges,
      InetAddress wanted,
      Invocation invocation)
      throws PluginFailure {
    AddressRange range = ranges.stream().filter(r -> r.contains(wanted)).findFirst().orElseThrow();
    if (range.gateway().equals(wanted)) {
      throw new PluginFailure(
          PluginFailure.OTHER, "requested address " + Cidr.text(wanted) + " is the gateway");
    }
    if (!store.reserve(wanted, set, invocation.containerId(), invocation.ifName())) {
      throw new PluginFailure(
          PluginFailure.OTHER, "requested address " + Cidr.text(wanted) + " is not available");
    }
    return ip(wanted, range);
  }

  private static CniResult.Ip ip(InetAddress address, AddressRange range) {
    return new CniResult.Ip(-1, new Cidr(address, range.subnet().prefixLength()), range.gateway());
  }

  /** Gives back all that the attachment has; nothing is a success too. */
  void release(ObjectNode config, Invocation invocation, @Nullable CniResult previous) {
    Path directory = HostLocalConfig.directory(config);
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<InetAddress> known =
        previous == null
            ? List.of()
            : previous.ips().stream().map(ip -> ip.address().address()).toList();
    try (AddressStore store = AddressStore.lock(directory)) {
      store.release(invocation.containerId(), invocation.ifName(), known);
    }
  }

  /** Gives back all addresses whose owner is not among {@code valid}. */
  void collect(ObjectNode config, Set<String> valid) {
    Path directory = HostLocalConfig.directory(config);
    if (Files.isDirectory(directory)) {
      try (AddressStore store = AddressStore.lock(directory)) {
        store.releaseIf(owner -> !valid.contains(owner));
      }
    }
  }
}
