package dev.gantry.cni;

import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.NetnsSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace pinned as the daemon's shim pins it, with a socket inside. */
final class Netns implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private static final String SETUP =
      "ip link set lo up; cd /proc/sys/net;"
          + " echo 0 > ipv4/ip_forward; echo 0 > ipv6/conf/all/forwarding";

  final String name;
  final String path;
  final Fd socket;

  /** It does not take over the node's forwarding, as a new one does. */
  Netns() {
    name = "test-" + COUNT.incrementAndGet();
    path = "/run/netns/" + name;
    Shell.run("ip netns add " + name + " && ip netns exec " + name + " sh -c '" + SETUP + "'");
    socket = NetnsSocket.open(path);
  }

  /** One that another process made and will delete. */
  Netns(String existing) {
    name = existing;
    path = "/run/netns/" + name;
    socket = NetnsSocket.open(path);
  }

  String exec(String command) {
    return Shell.run("ip netns exec " + name + " " + command);
  }

  PodSysctls sysctls() {
    return new PodSysctls() {
      @Override
      public String read(String setting) {
        return exec("cat /proc/sys/" + setting);
      }

      @Override
      public void write(String setting, String value) {
        sysctl(setting, value);
      }
    };
  }

  void sysctl(String setting, String value) {
    exec("sh -c 'echo " + value + " > /proc/sys/" + setting + "'");
  }

  @Override
  public void close() {
    socket.close();
    Shell.run("ip netns del " + name);
  }
}
