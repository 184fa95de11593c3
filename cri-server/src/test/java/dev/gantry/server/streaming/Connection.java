package dev.gantry.server.streaming;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/**
 * A client's connection to the streaming server.
 *
 * @param cut ends it at once
 */
public record Connection(InputStream in, OutputStream out, Runnable cut) {
  static Connection toLoopback(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    return of(socket);
  }

  static Connection of(Socket socket) throws IOException {
    return new Connection(
        socket.getInputStream(),
        socket.getOutputStream(),
        () -> {
          try {
            socket.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
