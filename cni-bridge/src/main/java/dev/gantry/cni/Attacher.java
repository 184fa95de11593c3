package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  void undo(Reservation r, @Nullable DetachRequest request) {
    Invocation invocation =
        new Invocation(
            r.containerId(),
            livingNetns(r.netnsPath()),
            r.ifName(),
            r.args(),
            request == null ? null : request.netlink(),
            PodSysctls.NONE);
    chain(r).delete(invocation, r.capabilities(), r.result());
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
    try {
      return Files.getFileStore(Path.of(path)).type().equals("nsfs") ? path : "";
    } catch (IOException e) {
      return "";
    }
  }
}
