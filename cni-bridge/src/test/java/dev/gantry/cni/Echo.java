package dev.gantry.cni;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A server in a namespace that answers with what it got and where from; and its clients. */
final class Echo implements AutoCloseable {
  private static final String TCP_SERVER =
      """
      import socket
      s = socket.create_server(('::', PORT), family=socket.AF_INET6, dualstack_ipv6=True)
      print('ready', flush=True)
      while True:
          c, a = s.accept()
          c.sendall(c.recv(99) + b' from ' + a[0].replace('::ffff:', '').encode())
          c.close()
      """;
  private static final String UDP_SERVER =
      """
      import socket
      s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
      s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
      s.bind(('::', PORT))
      print('ready', flush=True)
      while True:
          d, a = s.recvfrom(99)
          s.sendto(d + b' from ' + a[0].replace('::ffff:', '').encode(), a)
      """;

  private final Process process;

  private Echo(Netns netns, String server, int port) {
    String program = server.replace("PORT", String.valueOf(port));
    try {
      process =
          new ProcessBuilder("ip", "netns", "exec", netns.name, "python3", "-c", program)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      byte[] ready = process.getInputStream().readNBytes(5);
      if (!new String(ready, StandardCharsets.UTF_8).equals("ready")) {
        throw new AssertionError("echo server did not start");
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static Echo tcp(Netns netns, int port) {
    return new Echo(netns, TCP_SERVER, port);
  }

  static Echo udp(Netns netns, int port) {
    return new Echo(netns, UDP_SERVER, port);
  }

  static String askTcp(String address, int port) {
    return "python3 -c \"import socket; s=socket.create_connection(('%s', %d), 3);"
            .formatted(address, port)
        + " s.sendall(b'ping'); print(s.recv(99).decode())\"";
  }

  static String askUdp(String address, int port) {
    String family = address.contains(":") ? "AF_INET6" : "AF_INET";
    return "python3 -c \"import socket; s=socket.socket(socket.%s, socket.SOCK_DGRAM);"
            .formatted(family)
        + " s.settimeout(3); s.connect(('%s', %d));".formatted(address, port)
        + " s.send(b'ping'); print(s.recv(99).decode())\"";
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
