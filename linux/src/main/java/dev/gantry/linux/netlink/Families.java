package dev.gantry.linux.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;

/** AF_* numbers of socket(2). */
final class Families {
  static final int INET = 2;
  static final int INET6 = 10;

  private Families() {}

  static int of(InetAddress address) {
    return address instanceof Inet4Address ? INET : INET6;
  }
}
