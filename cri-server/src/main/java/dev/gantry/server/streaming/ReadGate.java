package dev.gantry.server.streaming;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * Keeps a channel that does not read by itself from being read. Netty's SPDY codec asks for more
 * after each read, whatever it has decoded: without this, a client that sends faster than the
 * process reads would fill the heap.
 */
final class ReadGate extends ChannelOutboundHandlerAdapter {
  @Override
  public void read(ChannelHandlerContext context) {
    if (context.channel().config().isAutoRead()) {
      context.read();
    }
  }
}
