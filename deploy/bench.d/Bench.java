import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PullImageRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures runtimes side by side. Started by deploy/bench, in namespaces of its own and with a
 * registry on their loopback. Arguments: WORK-DIRECTORY GANTRY-HOME IMAGE PAUSE-IMAGE ROUNDS FORMAT
 * PLOTS-DIRECTORY-OR-EMPTY PART...
 */
final class Bench {
  private static final String CGROUP = "/gantry-bench";

  private final Path work;
  private final String image;
  private final List<Daemon> daemons = new ArrayList<>();
  private final List<Subject> subjects = new ArrayList<>();

  /** Gantry once more, for the part that compares ways to make a pod's network. */
  private final List<Subject> executing = new ArrayList<>();

  private Bench(Path work, String image) {
    this.work = work;
    this.image = image;
  }

  public static void main(String[] args) throws Exception {
    Bench bench = new Bench(Path.of(args[0]), args[2]);
    Report report = new Report();
    List<String> wanted = List.of(args).subList(7, args.length);
    bench.subjects.add(bench.addGantry(Path.of(args[1]), Report.OWN, true));
    if (wanted.contains("net")) {
      bench.executing.add(bench.addGantry(Path.of(args[1]), "gantry, executing", false));
    }
    Map<String, Path> runtimes = new LinkedHashMap<>();
    for (String name : List.of("runc", "crun")) {
      Path program = onPath(name);
      if (program != null) {
        runtimes.put(name, program);
      }
    }
    if (onPath("containerd") != null && !runtimes.isEmpty()) {
      bench.addContainerd(runtimes, args[3]);
    }
    try {
      for (Daemon daemon : bench.daemons) {
        daemon.start();
        daemon.awaitReady();
        var _ =
            daemon
                .images()
                .pullImage(
                    PullImageRequest.newBuilder()
                        .setImage(ImageSpec.newBuilder().setImage(bench.image))
                        .build());
      }
      int rounds = Integer.parseInt(args[4]);
      Parts parts = new Parts(bench.subjects, report, rounds);
      for (String part : wanted) {
        System.err.printf("    %s (load %s)%n", part, load());
        switch (part) {
          case "pod" -> parts.pod();
          case "net" -> new Parts(bench.withExecuting(), report, rounds).net();
          case "exec" -> parts.exec();
          case "parallel" -> parts.parallel();
          case "list" -> parts.list();
          case "memory" -> parts.memory();
          case "start" -> parts.start();
          case "scale" -> parts.scale();
          case "pull" ->
              new PullPart(
                      // CNI is nothing to a pull.
                      bench.daemons.stream().filter(d -> !d.name().contains("executing")).toList(),
                      report,
                      bench.work,
                      bench.image.replaceFirst("/.*", ""),
                      Math.clamp(Integer.parseInt(args[4]) / 10, 1, 5))
                  .run();
          default -> throw new IllegalArgumentException("no such part: " + part);
        }
      }
    } finally {
      for (Daemon daemon : bench.daemons) {
        daemon.close();
      }
    }
    System.out.print(args[5].equals("json") ? report.json() : report.table());
    if (!args[6].isEmpty()) {
      for (Map.Entry<String, String> plot : report.plots().entrySet()) {
        Files.writeString(Path.of(args[6], plot.getKey() + ".svg"), plot.getValue());
      }
    }
    System.exit(0);
  }

  private List<Subject> withExecuting() {
    List<Subject> all = new ArrayList<>(subjects);
    all.addAll(1, executing);
    return all;
  }

  private Subject addGantry(Path home, String name, boolean builtin) throws IOException {
    Path dir = Files.createDirectories(work.resolve(builtin ? "gantry" : "gantry-executing"));
    Path socket = dir.resolve("gantry.sock");
    Files.writeString(
        dir.resolve("config.toml"),
        """
        [server]
        listen = "unix://%s"
        [paths]
        root = "%s"
        state = "/run/%s"
        [image]
        certs_dirs = ["%s"]
        [network]
        cni_conf_dir = "%s"
        builtin_plugins = %s
        builtin_network = false
        """
            .formatted(
                socket,
                dir.resolve("root"),
                dir.getFileName(),
                work.resolve("certs.d"),
                work.resolve("cni"),
                builtin));
    Daemon daemon =
        new Daemon(
            name,
            List.of(
                home.resolve("bin/gantryd").toString(),
                "--config",
                dir.resolve("config.toml").toString()),
            socket,
            dir.resolve("log"));
    daemons.add(daemon);
    return new Subject(name, daemon, "", image, CGROUP);
  }

  /** containerd 1.6 and later read version 2 of its configuration. */
  private void addContainerd(Map<String, Path> runtimes, String pause) throws IOException {
    Path dir = Files.createDirectories(work.resolve("containerd"));
    Path socket = dir.resolve("containerd.sock");
    StringBuilder config =
        new StringBuilder(
            """
            version = 2
            root = "%s"
            state = "/run/containerd"
            [grpc]
              address = "%s"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "%s"
              restrict_oom_score_adj = true
              disable_apparmor = true
              tolerate_missing_hugetlb_controller = true
            [plugins."io.containerd.grpc.v1.cri".registry]
              config_path = "%s"
            [plugins."io.containerd.grpc.v1.cri".cni]
              bin_dir = "/usr/lib/cni"
              conf_dir = "%s"
            [plugins."io.containerd.internal.v1.opt"]
              path = "%s"
            [plugins."io.containerd.grpc.v1.cri".containerd]
              default_runtime_name = "%s"
            """
                .formatted(
                    dir.resolve("root"),
                    socket,
                    pause,
                    work.resolve("certs.d"),
                    work.resolve("cni"),
                    dir.resolve("opt"),
                    runtimes.keySet().iterator().next()));
    runtimes.forEach(
        (name, program) ->
            config.append(
                """
                [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.%1$s]
                  runtime_type = "io.containerd.runc.v2"
                [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.%1$s.options]
                  BinaryName = "%2$s"
                  SystemdCgroup = false
                """
                    .formatted(name, program)));
    Files.writeString(dir.resolve("config.toml"), config);
    Daemon daemon =
        new Daemon(
            "containerd",
            List.of("containerd", "--config", dir.resolve("config.toml").toString()),
            socket,
            dir.resolve("log"));
    daemons.add(daemon);
    runtimes
        .keySet()
        .forEach(
            name ->
                subjects.add(new Subject("containerd+" + name, daemon, name, image, CGROUP)));
  }

  private static Path onPath(String program) {
    for (String dir : System.getenv("PATH").split(":", -1)) {
      Path file = Path.of(dir, program);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  private static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0];
  }
}
