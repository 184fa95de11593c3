package dev.gantry.runtime.spec;

import dev.gantry.linux.Fault;
import java.util.List;

/** A node with a few devices, /srv on a shared mount and /mnt on a slave one. */
final class FakeHostFiles implements HostFiles {
  private static final Node FUSE = new Node("/dev/fuse", "c", 10, 229, 0666, 0, 0);
  private static final Node SDA = new Node("/dev/sda", "b", 8, 0, 0660, 0, 6);
  private static final Node EVENT0 = new Node("/dev/input/event0", "c", 13, 64, 0660, 0, 104);
  private static final Node MICE = new Node("/dev/input/mice", "c", 13, 63, 0660, 0, 104);

  @Override
  public List<Node> devices(String path) {
    return switch (path) {
      case "/dev/fuse" -> List.of(FUSE);
      case "/dev/input" -> List.of(EVENT0, MICE);
      default -> throw new Fault.Invalid("config.devices.host_path: no device at " + path);
    };
  }

  @Override
  public List<Node> allDevices() {
    return List.of(FUSE, EVENT0, MICE, SDA);
  }

  @Override
  public String mountSource(String path) {
    return path.equals("/var/run/link") ? "/run/target" : path;
  }

  @Override
  public boolean isAppArmorProfileLoaded(String name) {
    return name.equals("mine");
  }

  @Override
  public boolean isSelinuxLabel(String label) {
    return !label.contains("nothing_t");
  }

  @Override
  public boolean isShared(String path) {
    return path.startsWith("/srv");
  }

  @Override
  public boolean isSharedOrSlave(String path) {
    return isShared(path) || path.startsWith("/mnt");
  }
}
