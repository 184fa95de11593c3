package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.BridgeVlan;
import dev.gantry.linux.netlink.NetlinkMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The VLANs of a container's port on the bridge.
 *
 * @param access frames without a tag belong to it; 0 for none
 * @param trunk those whose frames keep their tags
 * @param keepDefault with {@code access}: the port also stays in the bridge's default VLAN
 */
record PortVlans(int access, SortedSet<Integer> trunk, boolean keepDefault) {
  private static final int HIGHEST = 4094;

  PortVlans {
    if (access < 0 || access > HIGHEST) {
      throw new Fault.Invalid("invalid VLAN ID " + access + " (must be between 0 and 4094)");
    }
    if (access != 0 && !trunk.isEmpty()) {
      throw new Fault.Invalid("cannot set vlan and vlanTrunk at the same time");
    }
  }

  static PortVlans parse(ObjectNode json) {
    SortedSet<Integer> trunk = new TreeSet<>();
    for (JsonNode part : json.path("vlanTrunk")) {
      if (part.has("id")) {
        trunk.add(trunkId(part, "id"));
      }
      if (part.has("minID") || part.has("maxID")) {
        int first = trunkId(part, "minID");
        int last = trunkId(part, "maxID");
        if (first > last) {
          throw new Fault.Invalid("vlanTrunk: minID " + first + " is above maxID " + last);
        }
        for (int id = first; id <= last; id++) {
          trunk.add(id);
        }
      }
    }
    return new PortVlans(
        json.path("vlan").asInt(0), trunk, json.path("preserveDefaultVlan").asBoolean(false));
  }

  private static int trunkId(JsonNode part, String key) {
    int id = part.path(key).asInt(0);
    if (id < 1 || id > HIGHEST) {
      throw new Fault.Invalid("vlanTrunk: " + key + " " + id + " (must be between 1 and 4094)");
    }
    return id;
  }

  boolean isNone() {
    return access == 0 && trunk.isEmpty();
  }

  /** Puts a port that is in the default VLAN only, or was put here before, into these. */
  List<NetlinkMessage> on(int port) {
    List<NetlinkMessage> changes = new ArrayList<>();
    if (isNone()) {
      return changes;
    }
    if (access != 0) {
      if (!keepDefault) {
        // Else it would get all that is sent to everybody there.
        changes.add(new BridgeVlan(port, BridgeVlan.DEFAULT, false, false).delete());
      }
      changes.add(new BridgeVlan(port, access, true, true).add());
    }
    trunk.forEach(id -> changes.add(new BridgeVlan(port, id, false, false).add()));
    return changes;
  }

  /**
   * Whether a port that is in {@code now} is in these. That it is in the default VLAN too is no
   * fault: programs before 1.2 have left it there.
   */
  boolean matches(List<BridgeVlan> now) {
    return now.stream().map(BridgeVlan::id).toList().containsAll(wanted())
        && now.stream().filter(v -> v.id() == access).allMatch(BridgeVlan::pvid);
  }

  private SortedSet<Integer> wanted() {
    SortedSet<Integer> all = new TreeSet<>(trunk);
    if (access != 0) {
      all.add(access);
    }
    return all;
  }
}
