package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;

/** The HTTP request that all clients begin with. */
final class Upgrade {
  private Upgrade() {}

  /**
   * Answers the response's head.
   *
   * @param headers lines, without the last line's end
   */
  static String ask(Connection connection, String method, String path, String headers)
      throws IOException {
    String request = "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n\r\n".formatted(method, path, headers);
    connection.out().write(request.getBytes(US_ASCII));
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
      int next = connection.in().read();
      if (next < 0) {
        throw new EOFException("response: " + head);
      }
      head.write(next);
    }
    return head.toString(US_ASCII);
  }
}
