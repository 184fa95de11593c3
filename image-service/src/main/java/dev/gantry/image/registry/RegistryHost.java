package dev.gantry.image.registry;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One place that may have an image.
 *
 * @param base with the path of the API, {@code https://registry.example/v2}
 * @param namespace the registry that a mirror stands for, sent as {@code ?ns=}; empty for none
 * @param tls how to trust it
 * @param headers sent with every request to it
 * @param dialTimeout for connecting
 */
record RegistryHost(
    URI base,
    Set<Capability> capabilities,
    String namespace,
    TlsSettings tls,
    Map<String, List<String>> headers,
    Duration dialTimeout) {
  static final Duration DIAL_TIMEOUT = Duration.ofSeconds(30);

  /** What a host may be asked for. */
  enum Capability {
    /** Content by digest. */
    PULL,
    /** Which digest a tag stands for. */
    RESOLVE,
    PUSH
  }

  RegistryHost {
    capabilities = Set.copyOf(capabilities);
    headers = Map.copyOf(headers);
  }

  /** A registry as it is without {@code hosts.toml}. */
  static RegistryHost of(URI base, TlsSettings tls) {
    return new RegistryHost(
        base, Set.of(Capability.PULL, Capability.RESOLVE), "", tls, Map.of(), DIAL_TIMEOUT);
  }

  /** Whether it stands for another registry. */
  boolean isMirror() {
    return !namespace.isEmpty();
  }

  /** For messages. */
  String name() {
    return base.getScheme() + "://" + base.getRawAuthority();
  }

  /** Without the headers, which may hold credentials. */
  @Override
  public String toString() {
    return base.toString();
  }
}
