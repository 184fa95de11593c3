package dev.gantry.server.trace;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes spans as any collector of OTLP does, and understands what a test wants to know. */
final class Collector implements AutoCloseable {
  /** Ids in hex digits; an empty error for a success. */
  record Received(String trace, String id, String parent, String name, String error) {}

  private final List<Received> spans = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  Collector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
  }

  List<Received> spans() {
    return spans;
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      UnknownFieldSet request = UnknownFieldSet.parseFrom(exchange.getRequestBody().readAllBytes());
      // opentelemetry/proto/trace/v1/trace.proto: resource_spans 1, scope_spans 2, spans 2.
      for (UnknownFieldSet resource : messages(request, 1)) {
        for (UnknownFieldSet scope : messages(resource, 2)) {
          for (UnknownFieldSet span : messages(scope, 2)) {
            spans.add(span(span));
          }
        }
      }
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static Received span(UnknownFieldSet span) throws IOException {
    String error = "";
    for (UnknownFieldSet status : messages(span, 15)) {
      error = text(status, 2);
    }
    return new Received(hex(span, 1), hex(span, 2), hex(span, 4), text(span, 5), error);
  }

  private static List<UnknownFieldSet> messages(UnknownFieldSet of, int number) throws IOException {
    List<UnknownFieldSet> messages = new CopyOnWriteArrayList<>();
    for (ByteString bytes : of.getField(number).getLengthDelimitedList()) {
      messages.add(UnknownFieldSet.parseFrom(bytes));
    }
    return messages;
  }

  private static String text(UnknownFieldSet of, int number) {
    return new String(bytes(of, number), UTF_8);
  }

  private static String hex(UnknownFieldSet of, int number) {
    return HexFormat.of().formatHex(bytes(of, number));
  }

  private static byte[] bytes(UnknownFieldSet of, int number) {
    List<ByteString> values = of.getField(number).getLengthDelimitedList();
    return values.isEmpty() ? new byte[0] : values.getFirst().toByteArray();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
