package dev.gantry.server.streaming;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sub-protocols that are spoken, best first, and the choice among them. */
final class Protocol {
  /** Of exec and attach over SPDY; without a name, version 1 is meant. */
  static final List<String> SPDY_PROCESS =
      List.of("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io");

  static final List<String> SOCKET_PROCESS =
      List.of(
          "v5.channel.k8s.io",
          "v4.channel.k8s.io",
          "v4.base64.channel.k8s.io",
          "channel.k8s.io",
          "base64.channel.k8s.io");

  static final List<String> SPDY_PORTS = List.of("portforward.k8s.io");

  /** SPDY inside a WebSocket. */
  static final String TUNNEL = "SPDY/3.1+portforward.k8s.io";

  static final List<String> SOCKET_PORTS =
      List.of(TUNNEL, "v4.channel.k8s.io", "v4.base64.channel.k8s.io");

  private Protocol() {}

  /**
   * The first of those {@code offered} that we speak; empty when the client offers none at all;
   * null when it offers only others.
   */
  static @Nullable String choose(List<String> offered, List<String> spoken) {
    if (offered.isEmpty()) {
      return "";
    }
    return offered.stream().filter(spoken::contains).findFirst().orElse(null);
  }

  /** 1 for names without a version. */
  static int version(String name) {
    return name.startsWith("v") ? name.charAt(1) - '0' : 1;
  }

  static boolean isBase64(String name) {
    return name.contains("base64.");
  }
}
