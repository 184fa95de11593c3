import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A client of Exec: a WebSocket, in version 4 of the protocol, which all runtimes speak. */
final class ExecStream implements WebSocket.Listener {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final int CHUNK = 32 << 10;
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int ERROR = 3;

  private final StringBuilder status = new StringBuilder();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private long received;
  private int channel = -1;

  /** Sends so many bytes, receives to the end; fails unless as many came back and all went well. */
  static void run(String url, int bytes) throws Exception {
    ExecStream stream = new ExecStream();
    WebSocket socket =
        CLIENT
            .newWebSocketBuilder()
            .subprotocols("v4.channel.k8s.io")
            .buildAsync(URI.create(url.replaceFirst("^http", "ws")), stream)
            .join();
    byte[] chunk = new byte[1 + CHUNK];
    chunk[0] = STDIN;
    for (int sent = 0; sent < bytes; sent += CHUNK) {
      int length = 1 + Math.min(CHUNK, bytes - sent);
      socket.sendBinary(ByteBuffer.wrap(chunk, 0, length), true).join();
    }
    stream.ended.get(120, TimeUnit.SECONDS);
    socket.abort();
    if (stream.received != bytes || stream.status.indexOf("Success") < 0) {
      throw new IOException(stream.received + " bytes came back: " + stream.status);
    }
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    if (channel < 0 && data.hasRemaining()) {
      channel = data.get();
    }
    if (channel == STDOUT) {
      received += data.remaining();
    } else if (channel == ERROR) {
      status.append(StandardCharsets.UTF_8.decode(data));
    }
    if (last) {
      channel = -1;
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    ended.complete(null);
    return null;
  }

  /** Also how a server ends that closes without a word. */
  @Override
  public void onError(WebSocket socket, Throwable error) {
    ended.complete(null);
  }
}
