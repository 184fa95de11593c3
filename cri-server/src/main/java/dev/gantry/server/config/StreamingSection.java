package dev.gantry.server.config;

import dev.gantry.linux.Fault;
import dev.gantry.server.streaming.StreamingServer;
import dev.gantry.server.streaming.Tls;
import java.nio.file.Path;
import java.time.Duration;

/** The server of exec, attach and port-forward. */
public record StreamingSection(
    @Setting(
            doc =
                "Address of the server that clients of exec, attach and port-forward are sent to; port\n"
                    + "0 is any free one. The kubelet connects here in the name of its clients, so the\n"
                    + "loopback is enough, unless crictl is used from another machine.",
            initial = "\"127.0.0.1:0\"")
        TcpAddress address,
    @Setting(
            doc =
                "Certificate for TLS, PEM, with its chain; \"\" is no TLS. Read again when the file\n"
                    + "changes.",
            initial = "\"\"")
        String tlsCertFile,
    @Setting(doc = "The key of that certificate, PEM.", initial = "\"\"") String tlsKeyFile,
    @Setting(
            doc =
                "Authorities, PEM: only clients with a certificate by one of them are let in; \"\"\n"
                    + "lets in who has a token, which is what the kubelet has.",
            initial = "\"\"")
        String tlsClientCaFile,
    @Setting(
            doc = "A connection on which nothing happens for so many seconds is closed.",
            initial = "14400",
            min = 1,
            max = 1 << 30)
        int idleTimeoutSeconds) {

  /**
   * Listens as configured.
   *
   * @throws Fault.Invalid when the certificate cannot be used
   * @throws Fault.Unavailable when the address is taken
   */
  public StreamingServer listen() {
    if (address.isOff()) {
      throw new Fault.Invalid("streaming.address: cannot be off");
    }
    boolean hasCert = !tlsCertFile.isEmpty();
    if (hasCert != !tlsKeyFile.isEmpty() || (!hasCert && !tlsClientCaFile.isEmpty())) {
      throw new Fault.Invalid(
          "streaming: tls_cert_file and tls_key_file belong together, tls_client_ca_file needs both");
    }
    Tls tls =
        hasCert
            ? new Tls(
                Path.of(tlsCertFile),
                Path.of(tlsKeyFile),
                tlsClientCaFile.isEmpty() ? null : Path.of(tlsClientCaFile))
            : null;
    return new StreamingServer(
        address.socketAddress(), Duration.ofSeconds(idleTimeoutSeconds), tls);
  }
}
