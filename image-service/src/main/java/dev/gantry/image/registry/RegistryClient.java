package dev.gantry.image.registry;

import java.time.InstantSource;

/** The way to all registries. */
public final class RegistryClient implements AutoCloseable {
  private final RegistryHosts hosts;
  private final Transport transport = new Transport();
  private final TokenService tokens;
  private final HostHealth health;
  private final StallWatch watch = new StallWatch();

  public RegistryClient(RegistryHosts hosts, InstantSource clock) {
    this.hosts = hosts;
    this.tokens = new TokenService(transport, clock);
    this.health = new HostHealth(clock);
  }

  /**
   * A repository as the credentials can see it.
   *
   * @param registry as images name it, {@code docker.io}
   */
  public Repository open(String registry, String repository, RegistryAuth auth) {
    HostCall call = new HostCall(transport, tokens, auth, repository);
    return new Repository(
        registry + "/" + repository, repository, hosts.of(registry), call, health, watch);
  }

  @Override
  public void close() {
    watch.close();
    transport.close();
  }
}
