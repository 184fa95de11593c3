package dev.gantry.image.registry;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom to trust and who we are.
 *
 * @param authorities PEM files, besides those of the system
 * @param clients our certificates with their keys
 * @param skipVerify whether anybody is trusted
 */
record TlsSettings(List<Path> authorities, List<ClientKey> clients, boolean skipVerify) {
  static final TlsSettings DEFAULT = new TlsSettings(List.of(), List.of(), false);

  /** Of Debian and Alpine, of Fedora, of SUSE. */
  private static final List<Path> SYSTEM =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
          Path.of("/etc/ssl/ca-bundle.pem"));

  private static final char[] NO_PASSWORD = new char[0];

  /** A certificate chain and its key, PEM; one file may hold both. */
  record ClientKey(Path certificate, Path key) {}

  TlsSettings {
    authorities = List.copyOf(authorities);
    clients = List.copyOf(clients);
  }

  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), trust(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new Fault.Invalid("tls settings: " + e.getMessage(), e);
    }
  }

  private TrustManager @Nullable [] trust() throws GeneralSecurityException, IOException {
    if (skipVerify) {
      return new TrustManager[] {new TrustAnybody()};
    }
    Optional<Path> system = systemAuthorities();
    if (authorities.isEmpty() && system.isEmpty()) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    List<? extends Certificate> known =
        system.isPresent() ? Pem.read(system.get()).certificates() : jdkAuthorities();
    for (Certificate certificate : known) {
      store.setCertificateEntry("known-" + store.size(), certificate);
    }
    for (Path file : authorities) {
      List<Certificate> own = Pem.read(file).certificates();
      if (own.isEmpty()) {
        throw new GeneralSecurityException(file + ": no certificate in it");
      }
      for (Certificate certificate : own) {
        store.setCertificateEntry("own-" + store.size(), certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** What the other programs of the node trust: operators add their own authorities there. */
  static Optional<Path> systemAuthorities() {
    return SYSTEM.stream().filter(Files::isReadable).findFirst();
  }

  private static List<X509Certificate> jdkAuthorities() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    List<X509Certificate> found = new ArrayList<>();
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager x509) {
        found.addAll(List.of(x509.getAcceptedIssuers()));
      }
    }
    return found;
  }

  private KeyManager @Nullable [] keys() throws GeneralSecurityException, IOException {
    if (clients.isEmpty()) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (ClientKey client : clients) {
      store.setKeyEntry(
          "client-" + store.size(),
          Pem.read(client.key()).privateKey(),
          NO_PASSWORD,
          Pem.read(client.certificate()).certificates().toArray(Certificate[]::new));
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** For {@code skip_verify = true}; the extended type also switches off the check of names. */
  private static final class TrustAnybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
