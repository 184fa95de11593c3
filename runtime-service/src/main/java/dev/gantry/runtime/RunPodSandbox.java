package dev.gantry.runtime;

import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.plan.SandboxPlan;
import dev.gantry.runtime.security.SelinuxRelabel;
import dev.gantry.runtime.shim.SandboxHandles;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.shim.ShimLauncher;
import dev.gantry.runtime.spec.UserMapping;
import dev.gantry.stage.Stage;
import java.time.InstantSource;
import java.util.List;

/**
 * Makes and starts a pod sandbox: record of the intent, files, cgroup, shim, namespaces, network. A
 * failure at any point undoes all of it. A retried call joins the one under way.
 */
final class RunPodSandbox {
  private final InFlight<String, String> inFlight = new InFlight<>();
  private final Registry<Pod> pods;
  private final RuntimeRecords records;
  private final RuntimeLayout layout;
  private final Handlers handlers;
  private final ContainerExecutors executors;
  private final PodFiles files;
  private final PodCgroups cgroups;
  private final ShimLauncher launcher;
  private final Shims shims;
  private final PodNetwork network;
  private final Host host;
  private final SelinuxLevels levels;
  private final ContainerEvents events;
  private final InstantSource clock;

  RunPodSandbox(
      Registry<Pod> pods,
      RuntimeRecords records,
      RuntimeLayout layout,
      Handlers handlers,
      ContainerExecutors executors,
      PodFiles files,
      PodCgroups cgroups,
      ShimLauncher launcher,
      Shims shims,
      PodNetwork network,
      Host host,
      SelinuxLevels levels,
      ContainerEvents events,
      InstantSource clock) {
    this.pods = pods;
    this.records = records;
    this.layout = layout;
    this.handlers = handlers;
    this.executors = executors;
    this.files = files;
    this.cgroups = cgroups;
    this.launcher = launcher;
    this.shims = shims;
    this.network = network;
    this.host = host;
    this.levels = levels;
    this.events = events;
    this.clock = clock;
  }

  /** Answers the id of the sandbox, which is ready. */
  String run(PodSandboxConfig config, String handler) {
    Requests.check(config);
    handlers.check(handler);
    checkUser(config, handler);
    String id = Registry.newId();
    Pod.Identity identity = identify(id, config, handler);
    try {
      return inFlight.run(identity.name(), () -> make(identity));
    } finally {
      levels.settled(identity.selinuxLevel());
    }
  }

  private void checkUser(PodSandboxConfig config, String handler) {
    var options = config.getLinux().getSecurityContext().getNamespaceOptions();
    if (!UserMapping.of(options).isNone() && !executors.of(handler).facts().idmappedMounts()) {
      throw new Fault.Unsupported(
          "config.linux.security_context.namespace_options.userns_options.mode: POD with runtime"
              + " handler \"%s\" on this node".formatted(handler));
    }
  }

  private Pod.Identity identify(String id, PodSandboxConfig config, String handler) {
    boolean hostNetwork =
        config.getLinux().getSecurityContext().getNamespaceOptions().getNetwork()
            == NamespaceMode.NODE;
    return new Pod.Identity(
        id,
        config,
        handler,
        Times.nanos(clock.instant()),
        hostNetwork ? "" : layout.netns(id).toString(),
        cgroups.path(config.getLinux().getCgroupParent(), id),
        host.bootId(),
        levels.choose(config));
  }

  private String make(Pod.Identity identity) {
    String id = identity.id();
    PodSandboxConfig config = identity.config();
    String hostname = host.hostnameOf(config);
    // Compiled first: what cannot be honoured is refused before anything is made.
    byte[] plan =
        SandboxPlan.of(
                config,
                hostname,
                identity.netnsPath(),
                cgroups.entered(identity),
                levels.shared(identity))
            .encode();
    Pod pod = new Pod(identity, new PodState.Starting(), records, events);
    try (Rollback undo = new Rollback("run sandbox " + id)) {
      pods.add(id, identity.name(), pod);
      undo.push("forget its name", () -> pods.remove(id, identity.name()));
      records.addPod(identity, pod.state());
      undo.push("remove its record", () -> records.removePod(id));

      FileTree.make(layout.podState(id));
      undo.push("remove its directory", () -> FileTree.remove(layout.podState(id)));
      files.write(layout.podFiles(id), config, hostname);
      String label = levels.shared(identity);
      if (label != null) {
        new SelinuxRelabel(label).tree(layout.podFiles(id));
      }

      undo.push("remove its cgroup", () -> cgroups.remove(identity));
      Shim shim = Stage.of("shim.launch").call(() -> launch(identity));
      undo.push("end its shim", shim::shutdown);
      shims.add(id, shim);
      undo.push("forget its shim", () -> shims.remove(id));
      cgroups.adopt(identity, shim.pid());

      undo.push("unpin its network namespace", () -> network.unpin(identity));
      try (SandboxHandles handles = shim.sandbox(plan)) {
        undo.push("detach its network", () -> network.detach(identity));
        List<String> addresses = network.attach(identity, handles, shim);
        pod.transition(new PodState.Started(handles.pausePid(), addresses));
      }
      undo.commit();
    } catch (Fault e) {
      throw e.within("run sandbox " + identity.name());
    }
    return id;
  }

  /** The cgroup is made while the shim starts. */
  private Shim launch(Pod.Identity pod) {
    try (ShimLauncher.Launch launch = launcher.begin(pod.id(), layout.podState(pod.id()))) {
      cgroups.prepare(pod);
      return launch.shim();
    }
  }
}
