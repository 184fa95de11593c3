package dev.gantry.runtime.systemd;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;
import org.jspecify.annotations.Nullable;

/**
 * Asks systemd for scopes: cgroups that it makes and leaves to us. One connection to the system
 * bus, opened when it is first needed and again when it broke.
 */
public final class Systemd implements AutoCloseable {
  private static final String SERVICE = "org.freedesktop.systemd1";
  private static final String OBJECT = "/org/freedesktop/systemd1";
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long LONGEST_PAUSE_MS = 20;

  private @Nullable DBusConnection bus;

  /**
   * Moves a process into a new scope, and waits until it is there. Everything below the scope's
   * cgroup is ours (Delegate); systemd collects the scope when its cgroup has become empty.
   *
   * @param name such as {@code gantry-0123.scope}
   * @param slice the unit that the scope belongs to, such as {@code kubepods-pod1.slice}
   * @throws Fault.Unavailable when systemd cannot be asked
   * @throws Fault.Internal when it refuses
   */
  public void startScope(String name, String slice, String description, int pid) {
    List<Manager.Property> properties =
        List.of(
            property("Description", new Variant<>(description)),
            property("Slice", new Variant<>(slice)),
            property("PIDs", new Variant<>(new UInt32[] {new UInt32(pid)}, "au")),
            property("Delegate", new Variant<>(true)),
            // Without them a shutdown would end the scope before the kubelet has stopped the pod.
            property("DefaultDependencies", new Variant<>(false)),
            // A scope has 15 % of the node's processes as its limit otherwise.
            property("TasksMax", new Variant<>(new UInt64(UInt64.MAX_BIG_VALUE))),
            // One in which something was killed is forgotten too.
            property("CollectMode", new Variant<>("inactive-or-failed")));
    try {
      var _ = manager().startTransientUnit(name, "fail", properties, List.of());
    } catch (DBusExecutionException e) {
      // "Exists" is fine, when it was asked for again after an answer that was lost.
      if (!isMember(name, pid)) {
        throw new Fault.Internal(
            "start %s in %s by systemd: %s".formatted(name, slice, e.getMessage()), e);
      }
    } catch (DBusException e) {
      throw new Fault.Unavailable("start %s by systemd: %s".formatted(name, e.getMessage()), e);
    }
    awaitMember(name, pid);
  }

  private static Manager.Property property(String name, Variant<?> value) {
    return new Manager.Property(name, value);
  }

  /** The kernel tells when it is done; a job's signals would come for every unit of the node. */
  private static void awaitMember(String scope, int pid) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    for (long pause = 1; !isMember(scope, pid); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (System.nanoTime() > deadline) {
        throw new Fault.Timeout(
            "start %s: systemd has not moved process %d after %d s"
                .formatted(scope, pid, LIMIT.toSeconds()));
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Fault.Cancelled("start " + scope, e);
      }
    }
  }

  private static boolean isMember(String scope, int pid) {
    Path cgroups = Path.of("/proc/%d/cgroup".formatted(pid));
    try {
      return Files.readString(cgroups).lines().anyMatch(line -> line.endsWith("/" + scope));
    } catch (IOException e) {
      throw new Fault.Internal("start %s: read %s: %s".formatted(scope, cgroups, e), e);
    }
  }

  private synchronized Manager manager() throws DBusException {
    DBusConnection open = bus;
    if (open == null || !open.isConnected()) {
      closeBus();
      open = DBusConnectionBuilder.forSystemBus().withShared(false).build();
      bus = open;
    }
    return open.getRemoteObject(SERVICE, OBJECT, Manager.class);
  }

  private void closeBus() {
    if (bus != null) {
      bus.disconnect();
      bus = null;
    }
  }

  @Override
  public synchronized void close() {
    closeBus();
  }
}
