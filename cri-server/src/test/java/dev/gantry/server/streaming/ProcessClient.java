package dev.gantry.server.streaming;

import java.io.IOException;
import java.io.InputStream;

/** A client of exec or attach, whatever the protocol. */
public interface ProcessClient extends AutoCloseable {
  void send(byte[] input) throws IOException;

  /** Says that there is no more input. */
  void endInput() throws IOException;

  void resize(int width, int height) throws IOException;

  InputStream stdout();

  InputStream stderr();

  /** What the error stream says when all is over. */
  String status() throws IOException;

  /** Breaks the connection off. */
  @Override
  void close();
}
