package dev.gantry.runtime.stream;

import java.io.InputStream;
import java.io.OutputStream;

/** A TCP connection into a pod. Both streams block; {@link #close} ends every wait. */
public interface PortStream extends AutoCloseable {
  InputStream in();

  /** Closing it is the half-close of TCP: the other direction goes on. */
  OutputStream out();

  /** Ends the connection in both directions. May be called more than once. */
  @Override
  void close();
}
