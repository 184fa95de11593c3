package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** Exec and attach over SPDY, with all streams of a session without terminal, or with one. */
public final class SpdyProcessClient implements ProcessClient {
  private final SpdyClient spdy;
  private final int error;
  private final int stdin;
  private final int stdout;
  private final int stderr;
  private final int resize;

  public SpdyProcessClient(Connection connection, String path, boolean tty, String... protocols)
      throws IOException {
    this.spdy = new SpdyClient(connection, path, protocols);
    this.error = open("error");
    this.stdin = open("stdin");
    this.stdout = open("stdout");
    this.stderr = tty ? 0 : open("stderr");
    this.resize = tty ? open("resize") : 0;
  }

  private int open(String type) throws IOException {
    return spdy.open(Map.of("streamType", type));
  }

  @Override
  public void send(byte[] input) throws IOException {
    spdy.send(stdin, input);
  }

  @Override
  public void endInput() throws IOException {
    spdy.end(stdin);
  }

  @Override
  public void resize(int width, int height) throws IOException {
    String size = "{\"Width\":%d,\"Height\":%d}\n".formatted(width, height);
    spdy.send(resize, size.getBytes(UTF_8));
  }

  @Override
  public InputStream stdout() {
    return spdy.received(stdout);
  }

  @Override
  public InputStream stderr() {
    return spdy.received(stderr);
  }

  @Override
  public String status() throws IOException {
    return spdy.text(error);
  }

  @Override
  public void close() {
    spdy.close();
  }
}
