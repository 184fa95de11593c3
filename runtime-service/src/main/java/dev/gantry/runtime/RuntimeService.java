package dev.gantry.runtime;

import dev.gantry.cni.Networks;
import dev.gantry.image.ImageService;
import dev.gantry.linux.Poller;
import dev.gantry.runtime.cdi.CdiDevices;
import dev.gantry.runtime.cdi.CdiDirectories;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.hooks.HookDirectories;
import dev.gantry.runtime.metrics.MetricsReader;
import dev.gantry.runtime.oci.OciRuntime;
import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.seccomp.SeccompProfile;
import dev.gantry.runtime.security.AppArmor;
import dev.gantry.runtime.shim.ShimLauncher;
import dev.gantry.runtime.spec.ForeignFiles;
import dev.gantry.runtime.spec.HostFacts;
import dev.gantry.runtime.spec.HostFiles;
import dev.gantry.runtime.spec.HostProbe;
import dev.gantry.runtime.spec.LinuxHostFiles;
import dev.gantry.runtime.spec.OciSpecBuilder;
import dev.gantry.runtime.stats.UsageReader;
import dev.gantry.runtime.stream.StreamUrls;
import dev.gantry.runtime.stream.Streams;
import dev.gantry.state.Database;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Pods and containers, wired. {@link #open} answers when everything of before has been recovered;
 * closing it leaves all pods running.
 */
public final class RuntimeService implements AutoCloseable {
  private final RuntimeGrpc grpc;
  private final RuntimeAdminGrpc admin;
  private final Handlers handlers;
  private final ContainerEvents events;
  private final Census census;
  private final Shims shims;
  private final ShimLauncher launcher;
  private final Poller poller;
  private final PodStreams streams;
  private final PodCgroups podCgroups;

  private RuntimeService(
      RuntimeGrpc grpc,
      RuntimeAdminGrpc admin,
      Handlers handlers,
      ContainerEvents events,
      Census census,
      Shims shims,
      ShimLauncher launcher,
      Poller poller,
      PodStreams streams,
      PodCgroups podCgroups) {
    this.grpc = grpc;
    this.admin = admin;
    this.handlers = handlers;
    this.events = events;
    this.census = census;
    this.shims = shims;
    this.launcher = launcher;
    this.poller = poller;
    this.streams = streams;
    this.podCgroups = podCgroups;
  }

  /** Wires and recovers. What is passed in stays the caller's to close, after this. */
  public static RuntimeService open(
      RuntimeSettings settings,
      Handlers handlers,
      Map<String, Object> configuration,
      Database database,
      ImageService images,
      Networks networks,
      StreamUrls urls) {
    InstantSource clock = InstantSource.system();
    RuntimeLayout layout = settings.layout();
    FileTree.make(layout.state().resolve("pods"));
    FileTree.make(layout.netnsDir());
    Host host = Host.read();
    CgroupTree tree = CgroupTree.detect(settings.cgroupMount());

    Registry<Pod> pods = new Registry<>("sandbox");
    Registry<Container> containers = new Registry<>("container");
    ContainerEvents changes = new ContainerEvents(pods, containers, clock);
    RuntimeRecords records = new RuntimeRecords(database, changes);
    Shims shims = new Shims();
    Execs execs = new Execs();
    PodCgroups podCgroups = PodCgroups.of(settings.cgroupDriver(), tree);
    ContainerCgroups cgroups = new ContainerCgroups(tree);
    PodNetwork network = new PodNetwork(networks);
    ShimEvents events = new ShimEvents(pods, containers, layout, shims, execs, cgroups, clock);
    Poller poller = new Poller("shims");
    ShimLauncher launcher = new ShimLauncher(poller, events);
    Launches launches =
        new Launches(
            layout,
            tree,
            new SeccompCompiler(System.getProperty("os.version"), System.getProperty("os.arch")),
            SeccompProfile.ofRuntime(),
            settings.logLineBytes());

    HostFacts found = new HostProbe(Path.of("/")).facts();
    HostFacts facts = settings.selinux() ? found : found.withoutSelinux();
    ForeignFiles foreign = new ForeignFiles();
    ContainerLogs logs = new ContainerLogs(foreign);
    HostFiles files = new LinuxHostFiles(foreign, settings.refusedMissing());
    Map<String, ContainerExecutor> external = new HashMap<>();
    for (OciRuntime runtime : handlers.external()) {
      external.put(runtime.name(), OciExecutor.of(runtime, facts, layout, launches, shims));
    }
    ContainerExecutors executors =
        new ContainerExecutors(
            new BuiltInExecutor(facts, launches, cgroups, shims, new HookRunner(layout)),
            external,
            pods);
    UsageReader usage = new UsageReader(tree, images.rootfs()::usage, clock, Path.of("/proc"));
    CommandLauncher commands = new CommandLauncher(layout, executors, cgroups, shims, execs);
    PodStreams streams = new PodStreams(pods, containers, commands, shims);

    if (facts.apparmor()) {
      new AppArmor(Path.of("/")).loadDefault();
    }
    StopContainer stop = new StopContainer(shims, executors, cgroups);
    RemoveContainer remove =
        new RemoveContainer(
            containers,
            records,
            layout,
            stop,
            shims,
            cgroups,
            images.rootfs(),
            usage,
            changes,
            executors);
    PodTeardown teardown = new PodTeardown(containers, stop, shims, network, podCgroups);
    Verbs verbs =
        new Verbs(
            new RunPodSandbox(
                pods,
                records,
                layout,
                handlers,
                executors,
                new PodFiles(Path.of("/etc")),
                podCgroups,
                launcher,
                shims,
                network,
                host,
                new SelinuxLevels(facts.selinux(), pods),
                changes,
                clock),
            new StopPodSandbox(teardown),
            new RemovePodSandbox(
                pods, containers, records, layout, teardown, remove, usage, changes),
            new CreateContainer(
                containers,
                records,
                layout,
                images,
                handlers,
                executors,
                files,
                new NodeAdditions(
                    new CdiDevices(new CdiDirectories(settings.cdiDirs()), files),
                    new HookDirectories(settings.hooksDirs())),
                settings.imageVolumes(),
                launches,
                cgroups,
                shims,
                changes,
                clock),
            new StartContainer(shims, layout, cgroups, executors, logs, clock),
            stop,
            remove,
            new UpdateContainerResources(
                layout, new OciSpecBuilder(facts, files), cgroups, executors),
            new CheckpointContainer(
                layout,
                executors,
                cgroups,
                images.rootfs(),
                pods,
                new Criu(settings.criu()),
                clock),
            new ExecSync(commands, poller),
            new ReopenLog(shims, logs),
            new StreamCalls(pods, containers, urls));
    new Recovery(
            pods,
            containers,
            records,
            layout,
            launcher,
            shims,
            events,
            verbs,
            teardown,
            images.rootfs(),
            host,
            clock)
        .run();
    verbs.checkpointContainer().recover(containers);
    network.recover(pods.all());
    NodeStatus node =
        new NodeStatus(
            settings.gantryVersion(),
            podCgroups.driver(),
            handlers,
            executors,
            networks::state,
            configuration,
            clock);
    Statistics statistics =
        new Statistics(pods, containers, shims, usage, images.settings().root());
    PodMetrics metrics =
        new PodMetrics(
            pods,
            containers,
            shims,
            new MetricsReader(tree, usage, images.settings().root(), clock, Path.of("/proc")));
    RuntimeGrpc grpc =
        new RuntimeGrpc(
            pods,
            containers,
            verbs,
            node,
            new Inspection(layout, shims, network, cgroups),
            statistics,
            changes,
            metrics,
            networks::podCidr);
    Census census = new Census(pods, containers, shims, execs, events, changes);
    RuntimeAdminGrpc admin =
        new RuntimeAdminGrpc(
            pods,
            containers,
            new PauseContainer(cgroups),
            new UnpauseContainer(cgroups),
            new CheckNetwork(shims, network));
    return new RuntimeService(
        grpc, admin, handlers, changes, census, shims, launcher, poller, streams, podCgroups);
  }

  public RuntimeGrpc grpc() {
    return grpc;
  }

  public RuntimeAdminGrpc admin() {
    return admin;
  }

  /** For who serves the URLs that {@link #open} was given the source of. */
  public Streams streams() {
    return streams;
  }

  public Handlers handlers() {
    return handlers;
  }

  public ContainerEvents events() {
    return events;
  }

  public Census census() {
    return census;
  }

  /** Ends the connections; shims and containers go on. */
  @Override
  public void close() {
    shims.closeAll();
    launcher.close();
    poller.close();
    streams.close();
    podCgroups.close();
  }
}
