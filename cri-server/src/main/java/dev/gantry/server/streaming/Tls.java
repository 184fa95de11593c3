package dev.gantry.server.streaming;

import dev.gantry.image.registry.Pem;
import dev.gantry.linux.Fault;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 with a certificate of files, read again when they change: certificates are
 * renewed while the daemon runs.
 */
public final class Tls {
  private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

  private record Loaded(SslContext context, List<Object> stamps) {}

  private final Path certificate;
  private final Path key;
  private final @Nullable Path clientCa;
  private volatile Loaded loaded;

  /**
   * @param certificate PEM, the chain after it
   * @param key PEM: PKCS #8, or as older openssl writes RSA and EC keys
   * @param clientCa when given, only clients with a certificate of it are let in
   * @throws Fault.Invalid when one of them cannot be read
   */
  public Tls(Path certificate, Path key, @Nullable Path clientCa) {
    this.certificate = certificate;
    this.key = key;
    this.clientCa = clientCa;
    this.loaded = load();
  }

  ChannelHandler handler(SocketChannel channel) {
    return current().newHandler(channel.alloc());
  }

  /** Pairs that do not fit, as in the middle of a renewal, leave the old ones in use. */
  private SslContext current() {
    Loaded now = loaded;
    try {
      if (!stamps().equals(now.stamps())) {
        now = load();
        loaded = now;
        LOG.info("streams: certificate {} read again", certificate);
      }
    } catch (Fault | IOException e) {
      LOG.warn("streams: keeping the old certificate: {}", e.getMessage());
    }
    return now.context();
  }

  private Loaded load() {
    try {
      List<Object> stamps = stamps();
      SslContextBuilder builder =
          SslContextBuilder.forServer(Pem.read(key).privateKey(), certificates(certificate))
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2");
      if (clientCa != null) {
        builder.trustManager(certificates(clientCa)).clientAuth(ClientAuth.REQUIRE);
      }
      return new Loaded(builder.build(), stamps);
    } catch (GeneralSecurityException | SSLException | IllegalArgumentException e) {
      throw new Fault.Invalid("load certificate %s: %s".formatted(certificate, e.getMessage()), e);
    } catch (IOException e) {
      throw new Fault.Invalid("load certificate %s: %s".formatted(certificate, e), e);
    }
  }

  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    List<Certificate> found = Pem.read(file).certificates();
    if (found.isEmpty()) {
      throw new GeneralSecurityException(file + ": no certificate in it");
    }
    return found.toArray(X509Certificate[]::new);
  }

  private List<Object> stamps() throws IOException {
    List<Object> stamps = new ArrayList<>();
    for (Path file :
        clientCa == null ? List.of(certificate, key) : List.of(certificate, key, clientCa)) {
      stamps.add(Files.getLastModifiedTime(file));
      stamps.add(Files.getAttribute(file, "unix:ino"));
    }
    return stamps;
  }
}
