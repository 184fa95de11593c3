package dev.gantry.it;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.linux.NetnsConnection;
import dev.gantry.linux.Poller;
import dev.gantry.linux.TcpConnection;
import dev.gantry.server.streaming.Connection;
import dev.gantry.server.streaming.ProcessClient;
import dev.gantry.server.streaming.SocketClient;
import dev.gantry.server.streaming.SpdyClient;
import dev.gantry.server.streaming.SpdyProcessClient;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/** Clients of a node's streaming server, which listens on the node's own loopback. */
final class Sessions implements AutoCloseable {
  private final TestNode node;
  private final Poller poller = new Poller("test clients");

  Sessions(TestNode node) {
    this.node = node;
  }

  ProcessClient exec(String container, String... command) throws IOException {
    return spdy(
        node.runtime()
            .exec(
                ExecRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(List.of(command))
                    .setStdin(true)
                    .setStdout(true)
                    .setStderr(true)
                    .build())
            .getUrl(),
        false);
  }

  ProcessClient execByWebSocket(String container, String... command) throws IOException {
    URI url =
        URI.create(
            node.runtime()
                .exec(
                    ExecRequest.newBuilder()
                        .setContainerId(container)
                        .addAllCmd(List.of(command))
                        .setStdin(true)
                        .setStdout(true)
                        .setStderr(true)
                        .build())
                .getUrl());
    return new SocketClient(connect(url), url.getPath(), "v5.channel.k8s.io");
  }

  ProcessClient execInTerminal(String container, String... command) throws IOException {
    return spdy(
        node.runtime()
            .exec(
                ExecRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(List.of(command))
                    .setStdin(true)
                    .setStdout(true)
                    .setTty(true)
                    .build())
            .getUrl(),
        true);
  }

  ProcessClient attach(String container) throws IOException {
    return spdy(
        node.runtime()
            .attach(
                AttachRequest.newBuilder()
                    .setContainerId(container)
                    .setStdin(true)
                    .setStdout(true)
                    .setStderr(true)
                    .build())
            .getUrl(),
        false);
  }

  SpdyClient portForward(String pod) throws IOException {
    URI url =
        URI.create(
            node.runtime()
                .portForward(PortForwardRequest.newBuilder().setPodSandboxId(pod).build())
                .getUrl());
    return new SpdyClient(connect(url), url.getPath(), "portforward.k8s.io");
  }

  private ProcessClient spdy(String address, boolean tty) throws IOException {
    URI url = URI.create(address);
    return new SpdyProcessClient(connect(url), url.getPath(), tty, "v4.channel.k8s.io");
  }

  private Connection connect(URI url) {
    TcpConnection connection =
        NetnsConnection.open(poller, "/run/netns/" + node.netns(), url.getPort());
    return new Connection(connection.in(), connection.out(), connection::close);
  }

  @Override
  public void close() {
    poller.close();
  }
}
