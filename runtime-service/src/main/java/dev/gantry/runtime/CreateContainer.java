package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.image.Image;
import dev.gantry.image.ImageService;
import dev.gantry.image.OverlayRootfs;
import dev.gantry.image.RootfsStore;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.cgroup.CgroupPaths;
import dev.gantry.runtime.plan.Plan;
import dev.gantry.runtime.security.SelinuxRelabel;
import dev.gantry.runtime.spec.Accounts;
import dev.gantry.runtime.spec.ContainerSpecInput;
import dev.gantry.runtime.spec.HostFiles;
import dev.gantry.runtime.spec.ImageFacts;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciSpec;
import dev.gantry.runtime.spec.OciSpecBuilder;
import dev.gantry.runtime.spec.ResolvedUser;
import dev.gantry.stage.Stage;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a container: its writable layer, its specification and plan, its cgroup with limits.
 * Nothing of the image runs. A failure undoes all of it; a retried call joins the one under way.
 */
final class CreateContainer {
  private final InFlight<String, String> inFlight = new InFlight<>();
  private final Registry<Container> containers;
  private final RuntimeRecords records;
  private final RuntimeLayout layout;
  private final ImageService images;
  private final RootfsStore rootfs;
  private final ImageVolumes volumes;
  private final Handlers handlers;
  private final ContainerExecutors executors;
  private final HostFiles files;
  private final NodeAdditions additions;
  private final ImageVolumePolicy volumePolicy;
  private final Launches launches;
  private final ContainerCgroups cgroups;
  private final Shims shims;
  private final ContainerEvents events;
  private final InstantSource clock;

  CreateContainer(
      Registry<Container> containers,
      RuntimeRecords records,
      RuntimeLayout layout,
      ImageService images,
      Handlers handlers,
      ContainerExecutors executors,
      HostFiles files,
      NodeAdditions additions,
      ImageVolumePolicy volumePolicy,
      Launches launches,
      ContainerCgroups cgroups,
      Shims shims,
      ContainerEvents events,
      InstantSource clock) {
    this.containers = containers;
    this.records = records;
    this.layout = layout;
    this.images = images;
    this.rootfs = images.rootfs();
    this.volumes = new ImageVolumes(images);
    this.handlers = handlers;
    this.executors = executors;
    this.files = files;
    this.additions = additions;
    this.volumePolicy = volumePolicy;
    this.launches = launches;
    this.cgroups = cgroups;
    this.shims = shims;
    this.events = events;
    this.clock = clock;
  }

  /** Answers the id of the container. */
  String run(Pod pod, ContainerConfig config) {
    Requests.check(config);
    var metadata = config.getMetadata();
    String name = "%s/%s/%d".formatted(pod.id(), metadata.getName(), metadata.getAttempt());
    return inFlight.run(name, () -> makeUnlessStopped(pod, config));
  }

  /** What fails in a sandbox that is stopped meanwhile fails because of that. */
  private String makeUnlessStopped(Pod pod, ContainerConfig config) {
    try {
      return make(pod, config);
    } catch (Fault.Internal | Fault.Syscall | Fault.Unavailable e) {
      if (stands(pod)) {
        throw e;
      }
      throw new Fault.Precondition(
          "create container in sandbox %s: the sandbox was stopped meanwhile: %s"
              .formatted(pod.id(), e.getMessage()),
          e);
    }
  }

  /** A pod that is stopped loses its shim first, then its control group, its state last. */
  private boolean stands(Pod pod) {
    return pod.state() instanceof PodState.Ready && shims.find(pod.id()).isPresent();
  }

  private String make(Pod pod, ContainerConfig config) {
    PodState.Ready ready = ready(pod);
    handlers.check(pod.identity().handler());
    ContainerExecutor executor = executors.of(pod.identity().handler());
    Image image = image(config);
    String id = Registry.newId();
    Accounts accounts =
        Accounts.parse(images.accounts(image.id()).passwd(), images.accounts(image.id()).group());
    ResolvedUser user =
        ResolvedUser.of(config.getLinux().getSecurityContext(), image.config().user(), accounts);
    Container.Identity identity = identify(id, pod, volumes.resolve(config), image, user);
    Container container = new Container(identity, new ContainerState.Created(), records, events);
    try (Rollback undo = new Rollback("create container " + id)) {
      // The record is the intent: recovery removes a container that has no plan yet.
      containers.reserve(id, identity.name());
      undo.push("forget its name", () -> containers.remove(id, identity.name()));
      records.addContainer(identity, container.state());
      undo.push("remove its record", () -> records.removeContainer(id));
      undo.push("remove its root", () -> rootfs.remove(id));
      OverlayRootfs overlay = Stage.of("rootfs.create").call(() -> rootfs.create(id, image.id()));

      OciSpec spec =
          additions.to(
              new OciSpecBuilder(executor.facts(), files)
                  .build(input(pod, ready, identity, image, user, overlay)),
              pod,
              config);
      relabel(identity.config(), spec);
      spec = executor.complete(spec, config.getLinux().getSecurityContext());
      Plan plan =
          executor.plan(
              spec,
              launches.context(
                  pod,
                  ready,
                  identity,
                  spec,
                  overlay,
                  volumePolicy.of(image.config().volumes(), identity.config())));
      undo.push("remove its directory", () -> FileTree.remove(layout.containerState(pod.id(), id)));
      Path directory = layout.containerState(pod.id(), id);
      FileTree.make(directory);
      FileTree.writePrivate(
          layout.configJson(pod.id(), id),
          OciJson.write(executor.written(spec, directory)).getBytes(UTF_8));

      undo.push("remove its cgroup", () -> cgroups.remove(identity.cgroup()));
      cgroups.create(identity.cgroup(), config.getLinux().getResources());
      if (executor.wantsDeviceRules()) {
        cgroups.devices(identity.cgroup(), spec);
      }
      FileTree.writeWhole(layout.plan(pod.id(), id), plan.encode());
      // The pod may have been stopped meanwhile: then this container must not stay.
      ready(pod);
      containers.add(id, identity.name(), container);
      undo.commit();
    }
    events.container(container, ContainerEventType.CONTAINER_CREATED_EVENT);
    return id;
  }

  private void relabel(ContainerConfig config, OciSpec spec) {
    String label = spec.linux().mountLabel();
    if (label == null) {
      return;
    }
    SelinuxRelabel relabel = new SelinuxRelabel(label);
    for (Mount mount : config.getMountsList()) {
      if (mount.getSelinuxRelabel() && !mount.getHostPath().isEmpty()) {
        relabel.tree(Path.of(files.mountSource(mount.getHostPath())));
      }
    }
  }

  private static PodState.Ready ready(Pod pod) {
    if (pod.state() instanceof PodState.Ready ready) {
      return ready;
    }
    throw new Fault.Precondition(
        "create container in sandbox %s: the sandbox is not ready".formatted(pod.id()));
  }

  private Image image(ContainerConfig config) {
    String reference = config.getImage().getImage();
    return images
        .images()
        .find(reference)
        .orElseThrow(() -> new Fault.NotFound("image %s: not on this node".formatted(reference)));
  }

  private Container.Identity identify(
      String id, Pod pod, ContainerConfig config, Image image, ResolvedUser user) {
    return new Container.Identity(
        id,
        pod.id(),
        config,
        Times.nanos(clock.instant()),
        image.id().value(),
        image.repoDigests().isEmpty() ? image.id().value() : image.repoDigests().getFirst(),
        StopSignal.of(config.getStopSignal(), image.config().stopSignal()),
        Requests.logPath(pod.identity().config(), config),
        CgroupPaths.leaf(pod.identity().cgroup(), id),
        user.uid(),
        user.gid(),
        user.groups());
  }

  private ContainerSpecInput input(
      Pod pod,
      PodState.Ready ready,
      Container.Identity identity,
      Image image,
      ResolvedUser user,
      OverlayRootfs overlay) {
    var config = image.config();
    return new ContainerSpecInput(
        identity.id(),
        pod.id(),
        identity.config(),
        pod.identity().config(),
        new ImageFacts(
            config.entrypoint(), config.cmd(), config.env(), config.workingDir(), config.user()),
        user,
        overlay.mountpoint(),
        launches.files(pod),
        identity.cgroup(),
        launches.namespaces(pod, ready, shims.get(pod.id()).pid()),
        targetPid(pod, identity.config()),
        volumes.sources(identity.id(), identity.config()),
        null,
        List.of(),
        pod.identity().selinuxLevel());
  }

  /** With PID mode TARGET: the PID namespace of another running container of the same pod. */
  private @Nullable String targetPid(Pod pod, ContainerConfig config) {
    NamespaceOption options = config.getLinux().getSecurityContext().getNamespaceOptions();
    if (options.getPid() != NamespaceMode.TARGET) {
      return null;
    }
    return containers
        .find(options.getTargetId())
        .filter(target -> target.identity().podId().equals(pod.id()))
        .filter(target -> target.state() instanceof ContainerState.Running)
        .map(target -> "/proc/%d/ns/pid".formatted(((ContainerState.Running) target.state()).pid()))
        .orElse(null);
  }
}
