package dev.gantry.server.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** What is sent to the client on one stream; writing waits while the client does not read. */
abstract class Outbox extends OutputStream {
  private final Wire wire;
  private boolean closed;

  Outbox(Wire wire) {
    this.wire = wire;
  }

  /** The message that carries {@code bytes}, in the words of the protocol. */
  abstract Object carrying(ByteBuf bytes);

  /** Tells the client that nothing more comes on this stream. */
  abstract void end(Wire wire);

  @Override
  public final void write(byte[] bytes, int from, int length) throws IOException {
    if (closed) {
      throw new IOException("stream is closed");
    }
    if (length > 0) {
      // A copy: the caller fills its buffer again while this waits to be sent.
      wire.send(carrying(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, from + length))));
    }
  }

  @Override
  public final void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      end(wire);
    }
  }
}
