package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Mounts;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one reservation: the record before the deed, the deed, the record of its outcome; and
 * the reverse.
 */
final class Attacher {
  private final Reservations reservations;
  private final ResultCache cache;
  private final PluginChoice choice;

  Attacher(Reservations reservations, ResultCache cache, PluginChoice choice) {
    this.reservations = reservations;
    this.cache = cache;
    this.choice = choice;
  }

  /** Attaches, or leaves nothing but what {@link #undo} will find. */
  ObjectNode add(Reservation intent, Invocation invocation) {
    reservations.put(intent);
    ObjectNode result = chain(intent).add(invocation, intent.capabilities());
    if (Thread.currentThread().isInterrupted()) {
      throw new Fault.Cancelled("attach " + invocation.owner() + ": interrupted");
    }
    Reservation done = intent.withResult(result);
    reservations.put(done);
    cache.put(done, result);
    return result;
  }

  /** Undoes a reservation and forgets it; safe to repeat. */
  void undo(Reservation r, DetachRequest request) {
    chain(r).delete(leaving(r, request.netlink()), r.capabilities(), r.result());
    forget(r);
  }

  /** The part of {@link #undo} that another attachment may wait for: ports of the host, limits. */
  void undoRest(Reservation r) {
    chain(r).deleteRest(leaving(r, null), r.capabilities(), r.result());
  }

  /** What {@link #undoRest} has left of {@link #undo}. */
  void undoFirst(Reservation r) {
    chain(r).deleteFirst(leaving(r, null), r.capabilities(), r.result());
    forget(r);
  }

  private static Invocation leaving(Reservation r, @Nullable Fd netlink) {
    return new Invocation(
        r.containerId(),
        livingNetns(r.netnsPath()),
        r.ifName(),
        r.args(),
        netlink,
        PodSysctls.NONE);
  }

  private void forget(Reservation r) {
    cache.delete(r);
    reservations.delete(r);
  }

  void check(Reservation r, Invocation invocation) {
    ObjectNode result = r.result();
    if (result == null) {
      throw new Fault.Precondition("check " + invocation.owner() + ": was never attached");
    }
    chain(r).check(invocation, r.capabilities(), result);
  }

  private Chain chain(Reservation r) {
    return choice.chain(r.network(), r.builtin());
  }

  /**
   * The path, or empty when no namespace is pinned there any more: after a reboot the file may
   * still be there, an ordinary one, and most plugins would fail on it.
   */
  private static String livingNetns(String path) {
    return !path.isEmpty() && Mounts.isNamespace(path) ? path : "";
  }
}
