package dev.gantry.server.config;

import dev.gantry.linux.Fault;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * An address to listen on, written {@code 127.0.0.1:9464} or {@code [::1]:9464}; {@code off} for
 * not listening.
 *
 * @param host empty when off
 * @param port 0 for any free one
 */
public record TcpAddress(String host, int port) {
  private static final TcpAddress OFF = new TcpAddress("", 0);

  static TcpAddress parse(String text) {
    if (text.equals("off")) {
      return OFF;
    }
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      String host = text.substring(0, Math.max(colon, 0));
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      if (port >= 0 && port <= 65_535 && !host.isEmpty()) {
        return new TcpAddress(host, port);
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new Fault.Invalid("expected ADDRESS:PORT or \"off\", found \"%s\"".formatted(text));
  }

  public boolean isOff() {
    return host.isEmpty();
  }

  /**
   * For a socket.
   *
   * @throws Fault.Invalid when the host is a name that nobody knows
   */
  public InetSocketAddress socketAddress() {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw new Fault.Invalid("listen on %s: unknown host".formatted(host), e);
    }
  }

  @Override
  public String toString() {
    return isOff() ? "off" : (host.contains(":") ? "[" + host + "]:" : host + ":") + port;
  }
}
