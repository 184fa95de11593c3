package dev.gantry.manifest;

import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A container of a pod's manifest.
 *
 * @param always an init container that keeps running beside the others
 */
public record ContainerManifest(
    String name,
    String image,
    PullPolicy pullPolicy,
    List<String> command,
    List<String> args,
    String workingDirectory,
    List<EnvEntry> environment,
    List<VolumeMount> mounts,
    List<PortMapping> ports,
    Resources resources,
    Security security,
    Optional<ExecProbe> startup,
    Optional<ExecProbe> readiness,
    Optional<ExecProbe> liveness,
    boolean tty,
    boolean always) {
  /** When the image is fetched. */
  public enum PullPolicy {
    ALWAYS,
    IF_NOT_PRESENT,
    NEVER
  }

  /** Where a volume is in the container. */
  record VolumeMount(
      String volume, String path, String subPath, boolean readOnly, String propagation) {}

  public ContainerManifest {
    command = List.copyOf(command);
    args = List.copyOf(args);
    environment = List.copyOf(environment);
    mounts = List.copyOf(mounts);
    ports = List.copyOf(ports);
  }

  static ContainerManifest read(Fields fields, boolean init) {
    fields.ignore("terminationMessagePath", "terminationMessagePolicy");
    List<EnvEntry> environment = new ArrayList<>();
    fields.objects("envFrom").forEach(f -> environment.add(EnvEntry.all(f)));
    fields.objects("env").forEach(f -> environment.add(EnvEntry.variable(f)));
    String image = fields.need("image");
    String restart = fields.text("restartPolicy", "");
    if (!restart.isEmpty() && !(init && restart.equals("Always"))) {
      throw fields.problem("restartPolicy", "only Always of an init container");
    }
    ContainerManifest container =
        new ContainerManifest(
            fields.need("name"),
            image,
            pullPolicy(fields, image),
            fields.texts("command"),
            fields.texts("args"),
            fields.text("workingDir", ""),
            environment,
            fields.objects("volumeMounts").stream().map(ContainerManifest::mount).toList(),
            fields.objects("ports").stream().map(ContainerManifest::port).toList(),
            Resources.read(fields.object("resources")),
            Security.ofContainer(fields.object("securityContext")),
            probe(fields, "startupProbe"),
            probe(fields, "readinessProbe"),
            probe(fields, "livenessProbe"),
            fields.flag("tty", false),
            !restart.isEmpty());
    fields.done();
    return container;
  }

  private static Optional<ExecProbe> probe(Fields fields, String name) {
    return fields.has(name) ? Optional.of(ExecProbe.read(fields.object(name))) : Optional.empty();
  }

  private static PullPolicy pullPolicy(Fields fields, String image) {
    boolean latest = image.endsWith(":latest") || !image.matches(".*[:@][^/]*");
    return switch (fields.text("imagePullPolicy", latest ? "Always" : "IfNotPresent")) {
      case "Always" -> PullPolicy.ALWAYS;
      case "IfNotPresent" -> PullPolicy.IF_NOT_PRESENT;
      case "Never" -> PullPolicy.NEVER;
      default -> throw fields.problem("imagePullPolicy", "expected Always, IfNotPresent or Never");
    };
  }

  private static VolumeMount mount(Fields fields) {
    VolumeMount mount =
        new VolumeMount(
            fields.need("name"),
            fields.need("mountPath"),
            fields.text("subPath", ""),
            fields.flag("readOnly", false),
            fields.text("mountPropagation", "None"));
    if (!mount.path().startsWith("/")) {
      throw fields.problem("mountPath", "is not absolute");
    }
    if (mount.subPath().startsWith("/") || List.of(mount.subPath().split("/")).contains("..")) {
      throw fields.problem("subPath", "leads out of the volume");
    }
    fields.done();
    return mount;
  }

  private static PortMapping port(Fields fields) {
    fields.text("name", "");
    String protocol = fields.text("protocol", "TCP").toUpperCase(Locale.ROOT);
    if (!List.of("TCP", "UDP", "SCTP").contains(protocol)) {
      throw fields.problem("protocol", "expected TCP, UDP or SCTP");
    }
    PortMapping port =
        PortMapping.newBuilder()
            .setContainerPort(number(fields, "containerPort", 1))
            .setHostPort(number(fields, "hostPort", 0))
            .setHostIp(fields.text("hostIP", ""))
            .setProtocol(Protocol.valueOf(protocol))
            .build();
    fields.done();
    return port;
  }

  private static int number(Fields fields, String name, int least) {
    long port = fields.number(name, 0);
    if (port < least || port > 65_535) {
      throw fields.problem(name, "%d is no port".formatted(port));
    }
    return (int) port;
  }
}
