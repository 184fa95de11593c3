package dev.gantry.image.registry;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;

/** What went wrong on the network, in words: the JDK often has none. */
final class Failures {
  private Failures() {}

  static String text(IOException e) {
    Throwable cause = e.getCause();
    if (cause instanceof UnresolvedAddressException
        || cause instanceof UnknownHostException
        || (cause != null && cause.getCause() instanceof UnresolvedAddressException)) {
      return "no such host";
    }
    return switch (e) {
      case HttpConnectTimeoutException _ -> "connect: timed out";
      case HttpTimeoutException _ -> "no answer in time";
      case ConnectException c ->
          "connect: " + (c.getMessage() == null ? "refused" : c.getMessage());
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
