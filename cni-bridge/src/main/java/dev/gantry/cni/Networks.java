package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.builtin.EmptyAddresses;
import dev.gantry.cni.builtin.Standing;
import dev.gantry.cni.config.ConfigDirectory;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.exec.ExecutedPlugins;
import dev.gantry.cni.exec.Orphans;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import dev.gantry.state.Database;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of this node: attaches network namespaces to them and detaches them, by CNI plugins.
 * What is attached, or may be half attached, is on record before it begins, so nothing is ever
 * lost: neither a crash nor a broken plugin leaves an address that nobody gives back.
 */
public final class Networks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Networks.class);

  private final NetworkSettings settings;
  private final ConfigDirectory directory;
  private final BuiltinPlugins builtin;
  private final PluginChoice choice;
  private final Reservations reservations;
  private final Attacher attacher;
  private final PodCidrs podCidrs;
  private final KeyedLocks locks = new KeyedLocks();
  private final Departures departures = new Departures();

  /**
   * Read: an attachment is being made. Write: all on record are complete, nothing else is valid.
   */
  private final ReentrantReadWriteLock completeness = new ReentrantReadWriteLock(true);

  private Networks(NetworkSettings settings, Database database) {
    this.settings = settings;
    this.directory = new ConfigDirectory(settings.confDir(), settings.maxConfNum());
    this.builtin = new BuiltinPlugins(this::standing);
    this.choice =
        new PluginChoice(
            builtin,
            new ExecutedPlugins(settings.binDirs(), settings.pluginTimeout()),
            settings.builtinPlugins());
    this.reservations = new Reservations(database);
    this.podCidrs = new PodCidrs(settings, directory, database);
    this.attacher = new Attacher(reservations, new ResultCache(settings.cacheDir()), choice);
  }

  /** Reservations are kept in {@code database}, which stays the caller's. */
  public static Networks open(NetworkSettings settings, Database database) {
    return new Networks(settings, database);
  }

  /**
   * Attaches a namespace to all networks, the first one as {@code eth0}. What an earlier,
   * unfinished attempt for the same id has left is undone first. When this throws, all has been
   * undone, or waits for {@link #detach} or {@link #recover}.
   *
   * @throws Fault.Unavailable when no network is configured
   */
  public Attachment attach(AttachmentRequest request) {
    return Stage.of("network.attach").call(() -> attachAll(request));
  }

  private Attachment attachAll(AttachmentRequest request) {
    String id = request.containerId();
    completeness.readLock().lock();
    try (KeyedLocks.Held held = locks.take(id)) {
      assert held != null;
      List<NetworkConfig> networks = networks();
      undoAll(new DetachRequest(id, request.netnsPath(), request.netlink()));
      try {
        List<CniResult> results = new ArrayList<>();
        String first = "";
        for (NetworkConfig network : networks) {
          ObjectNode result = add(request, network, "eth" + results.size());
          first = first.isEmpty() ? Json.text(result) : first;
          results.add(CniResult.parse(result));
        }
        return Attachment.of(results, first, settings.addressOrder());
      } catch (RuntimeException e) {
        undoAfter(e, request);
        throw e;
      }
    } finally {
      completeness.readLock().unlock();
    }
  }

  private ObjectNode add(AttachmentRequest request, NetworkConfig network, String ifName) {
    Map<String, String> args = new LinkedHashMap<>();
    if (!request.args().isEmpty()) {
      // Plugins refuse arguments they don't know unless told not to (CNI conventions).
      args.put("IgnoreUnknown", "1");
      args.putAll(request.args());
    }
    Invocation invocation =
        new Invocation(
            request.containerId(),
            request.netnsPath(),
            ifName,
            args,
            request.netlink(),
            request.sysctls());
    Reservation intent =
        new Reservation(
            request.containerId(),
            ifName,
            network,
            request.netlink() == null ? PluginChoice.ALL_EXECUTED : choice.choose(network),
            request.netnsPath(),
            args,
            capabilities(request, network),
            null);
    return attacher.add(intent, invocation);
  }

  private static ObjectNode capabilities(AttachmentRequest request, NetworkConfig network) {
    ObjectNode all = Json.object();
    request.capabilities().forEach((name, value) -> all.set(name, Json.tree(value)));
    if (!request.portMappings().isEmpty()) {
      var list = all.putArray("portMappings");
      for (PortMapping mapping : request.portMappings()) {
        list.addObject()
            .put("hostPort", mapping.hostPort())
            .put("containerPort", mapping.containerPort())
            .put("protocol", mapping.protocol().name().toLowerCase(Locale.ROOT))
            .put("hostIP", mapping.hostIp());
      }
      if (network.plugins().stream().noneMatch(p -> p.hasCapability("portMappings"))) {
        // Not refused: some networks publish ports without a plugin being told.
        LOG.warn(
            "network {} has no plugin with capability portMappings; host ports of {} are left to"
                + " others",
            network.name(),
            request.containerId());
      }
    }
    return all;
  }

  /** The undo of a cancelled attach must not be cancelled by the same interrupt. */
  private void undoAfter(RuntimeException failure, AttachmentRequest request) {
    boolean interrupted = Thread.interrupted();
    try {
      undoAll(new DetachRequest(request.containerId(), request.netnsPath(), request.netlink()));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Undoes what {@link #attach} did. Succeeds for an unknown id and for a namespace that is gone.
   */
  public void detach(DetachRequest request) {
    Stage.of("network.detach").run(() -> detachAll(request));
  }

  /**
   * As {@link #detach}, but does not wait for what takes the kernel time only: the link of a
   * built-in plugin goes soon after, and its address is nobody else's before. Until then it stays
   * on record, and what fails is tried again. Ports of the host are free when this returns.
   */
  public void leave(DetachRequest request) {
    if (!departures.has(request.containerId())) {
      Stage.of("network.detach").run(() -> depart(request));
    }
  }

  private void depart(DetachRequest request) {
    String id = request.containerId();
    try (KeyedLocks.Held held = locks.take(id)) {
      assert held != null;
      List<Reservation> all = reservations.of(id).reversed();
      if (!all.stream().allMatch(choice::madeLink)) {
        undoAll(request);
      } else if (!all.isEmpty()) {
        all.forEach(attacher::undoRest);
        departures.begin(id, () -> finish(id));
      }
    }
  }

  private void finish(String id) {
    try (KeyedLocks.Held held = locks.take(id)) {
      assert held != null;
      reservations.of(id).reversed().forEach(attacher::undoFirst);
    }
  }

  private void detachAll(DetachRequest request) {
    try (KeyedLocks.Held held = locks.take(request.containerId())) {
      assert held != null;
      undoAll(request);
    }
  }

  private void undoAll(DetachRequest request) {
    Fault failure = null;
    List<Reservation> all = reservations.of(request.containerId()).reversed();
    List<Reservation> unfinished = all.stream().filter(r -> r.result() == null).toList();
    if (!unfinished.isEmpty()) {
      // A plugin that was killed leaves those that it had executed itself: host-local under bridge.
      Orphans.kill(Set.of(request.containerId()));
    }
    for (Reservation r : all) {
      try {
        attacher.undo(r, request);
      } catch (Fault e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    unfinished.forEach(r -> EmptyAddresses.release(r.network()));
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Asks the plugins whether an attachment is still as they made it (CNI CHECK).
   *
   * @throws Fault naming what is amiss
   */
  public void check(AttachmentRequest request) {
    try (KeyedLocks.Held held = locks.take(request.containerId())) {
      assert held != null;
      List<Reservation> all = reservations.of(request.containerId());
      if (all.isEmpty()) {
        throw new Fault.Precondition("check " + request.containerId() + ": was never attached");
      }
      for (Reservation r : all) {
        Invocation invocation =
            new Invocation(
                r.containerId(),
                request.netnsPath(),
                r.ifName(),
                r.args(),
                request.netlink(),
                request.sysctls());
        attacher.check(r, invocation);
      }
    }
  }

  /**
   * Takes the networks that the cluster has given to this node, for the configuration template and
   * for the default network.
   *
   * @param cidrs one network, or one of each family with a comma between them
   * @throws Fault.Invalid when they are no networks, or the template is broken
   */
  public void podCidr(String cidrs) {
    podCidrs.set(cidrs);
  }

  /** Whether {@link #attach} has a chance of success, asked of files and plugins right now. */
  public NetworkState state() {
    try {
      mend();
      for (NetworkConfig network : networks()) {
        choice.chain(network, choice.choose(network)).status();
      }
      return NetworkState.READY;
    } catch (Fault e) {
      return NetworkState.notReady(String.valueOf(e.getMessage()));
    }
  }

  /** The parts of built-in plugins in all that is attached. */
  private List<Standing> standing() {
    return reservations.all().stream().flatMap(r -> choice.standing(r).stream()).toList();
  }

  /** Translation must be where it is needed, or was needed before somebody flushed it. */
  private void mend() {
    boolean needed =
        reservations.all().stream()
            .anyMatch(r -> r.builtin() != PluginChoice.ALL_EXECUTED && r.result() != null);
    if (needed && builtin.mend()) {
      LOG.warn("rules of built-in plugins were gone; made again for all that is attached");
    }
  }

  private List<NetworkConfig> networks() {
    List<NetworkConfig> configured = directory.networks();
    if (!configured.isEmpty()) {
      return configured;
    }
    if (settings.defaultNetwork()) {
      return List.of(DefaultNetwork.of(settings, podCidrs.current()));
    }
    throw new Fault.Unavailable("no network configuration in " + directory.path());
  }

  /** The CNI result, as JSON, of each interface of a container that is attached, by its name. */
  public Map<String, String> results(String containerId) {
    Map<String, String> results = new LinkedHashMap<>();
    for (Reservation r : reservations.of(containerId)) {
      ObjectNode result = r.result();
      if (result != null) {
        results.put(r.ifName(), Json.text(result));
      }
    }
    return results;
  }

  /** The ids of all containers that are attached, or may be half attached. */
  public List<String> reservations() {
    return reservations.all().stream().map(Reservation::containerId).distinct().toList();
  }

  /**
   * Undoes all that belongs to no valid container, and lets the plugins look for what they have
   * left. Failures are logged and tried again the next time.
   *
   * @return the containers whose reservations were given back
   */
  public List<String> recover(Set<String> validContainerIds) {
    List<String> recovered = new ArrayList<>();
    List<String> invalid =
        reservations().stream().filter(id -> !validContainerIds.contains(id)).toList();
    Orphans.kill(Set.copyOf(invalid));
    for (String id : invalid) {
      try {
        detach(new DetachRequest(id, null, null));
        recovered.add(id);
      } catch (Fault e) {
        LOG.warn("recover network of {}: {}", id, e.getMessage());
      }
    }
    completeness.writeLock().lock();
    try {
      collect();
    } catch (Fault e) {
      LOG.warn("collect networks: {}", e.getMessage());
    } finally {
      completeness.writeLock().unlock();
    }
    return recovered;
  }

  /** GC with what is on record, for the networks in use. */
  private void collect() {
    List<Reservation> all = reservations.all();
    for (NetworkConfig network : networks()) {
      Set<Reservation> valid =
          all.stream()
              .filter(r -> r.network().name().equals(network.name()))
              .collect(Collectors.toSet());
      try {
        choice.chain(network, choice.choose(network)).collect(valid);
      } catch (Fault e) {
        LOG.warn("collect network {}: {}", network.name(), e.getMessage());
      }
    }
    if (settings.builtinPlugins()) {
      builtin.retain(
          all.stream().map(r -> r.containerId() + "/" + r.ifName()).collect(Collectors.toSet()));
    }
  }

  @Override
  public void close() {
    departures.close();
    builtin.close();
  }
}
