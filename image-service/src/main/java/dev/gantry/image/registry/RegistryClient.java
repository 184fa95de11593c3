package dev.gantry.image.registry;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** The way to all registries. */
public final class RegistryClient implements AutoCloseable {
  private final RegistryHosts hosts;
  private final Transport transport;
  private final TokenService tokens;
  private final HostHealth health;
  private final StallWatch watch;
  private final Semaphore partBudget = new Semaphore(PartedBlob.PARTS_IN_MEMORY);

  public RegistryClient(RegistryHosts hosts, InstantSource clock) {
    this(
        hosts,
        clock,
        new ProxyVariables(System.getenv()),
        new StallWatch(),
        Duration.ofSeconds(60));
  }

  /** With other limits, and without proxies. */
  RegistryClient(
      RegistryHosts hosts, InstantSource clock, StallWatch watch, Duration answerTimeout) {
    this(hosts, clock, new ProxyVariables(Map.of()), watch, answerTimeout);
  }

  /**
   * With all that can differ.
   *
   * @param answerTimeout from request to response headers
   */
  RegistryClient(
      RegistryHosts hosts,
      InstantSource clock,
      ProxyVariables proxies,
      StallWatch watch,
      Duration answerTimeout) {
    this.hosts = hosts;
    this.watch = watch;
    this.transport = new Transport(proxies, watch, answerTimeout);
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
        registry + "/" + repository,
        repository,
        hosts.of(registry),
        call,
        transport,
        health,
        watch,
        partBudget);
  }

  @Override
  public void close() {
    watch.close();
    transport.close();
  }
}
