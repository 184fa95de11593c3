import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PortMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The measurements. Runtimes take turns within each, so that a machine that is busier for a while
 * is so for all of them, and rest before each; the first rounds warm up and are not counted.
 */
final class Parts {
  /** Lives before those that count: a node's daemon has been up for longer than five pods. */
  private static final int WARM_UP = 60;

  /** For what the turn before has left behind its answers: it is not the next one's to bear. */
  private static final int REST_MILLIS = 150;

  private static final int MANY = 100;
  private static final int THROUGH = 64 << 20;

  private final List<Subject> subjects;
  private final Report report;
  private final int rounds;

  Parts(List<Subject> subjects, Report report, int rounds) {
    this.subjects = subjects;
    this.report = report;
    this.rounds = rounds;
  }

  private interface Step {
    void run() throws Exception;
  }

  private static double millis(Step step) throws Exception {
    long begin = System.nanoTime();
    step.run();
    return (System.nanoTime() - begin) / 1e6;
  }

  /** Each phase of a pod's life with one container. */
  void pod() throws Exception {
    List<List<double[]>> all = new ArrayList<>();
    subjects.forEach(_ -> all.add(new ArrayList<>()));
    for (int round = 0; round < WARM_UP + rounds; round++) {
      for (int i = 0; i < subjects.size(); i++) {
        Thread.sleep(REST_MILLIS);
        double[] times = life(subjects.get(i));
        if (round == 0) {
          add("pod", "all three, the daemon's first", "ms", i, one(times[3]));
        }
        if (round >= WARM_UP) {
          all.get(i).add(times);
        }
      }
    }
    String[] names = {"RunPodSandbox", "CreateContainer", "StartContainer", "all three", "stop and remove all"};
    for (int what = 0; what < names.length; what++) {
      for (int i = 0; i < subjects.size(); i++) {
        int column = what;
        add("pod", names[what], "ms", i, Samples.of(all.get(i), times -> times[column]));
      }
    }
  }

  private static double[] life(Subject subject) throws Exception {
    Subject.Pod[] pod = new Subject.Pod[1];
    String[] container = new String[1];
    double run = millis(() -> pod[0] = subject.runPod());
    double create = millis(() -> container[0] = subject.create(pod[0], "c", "sleep", "100000"));
    double start = millis(() -> subject.start(container[0]));
    subject.checkRuns(container[0]);
    double end =
        millis(
            () -> {
              subject.stopContainer(container[0]);
              subject.removeContainer(container[0]);
              subject.stopPod(pod[0]);
              subject.removePod(pod[0]);
            });
    return new double[] {run, create, start, run + create + start, end};
  }

  /** Sandboxes alone, without and with a port of the host. */
  void net() throws Exception {
    List<PortMapping> port =
        List.of(PortMapping.newBuilder().setHostPort(18080).setContainerPort(80).build());
    String[] names = {"RunPodSandbox", "RunPodSandbox, host port", "stop and remove it"};
    List<List<double[]>> all = new ArrayList<>();
    subjects.forEach(_ -> all.add(new ArrayList<>()));
    for (int round = 0; round < WARM_UP + rounds; round++) {
      for (int i = 0; i < subjects.size(); i++) {
        Subject subject = subjects.get(i);
        Thread.sleep(REST_MILLIS);
        Subject.Pod[] pod = new Subject.Pod[1];
        double plain = millis(() -> pod[0] = subject.runPod());
        end(subject, pod[0]);
        double published = millis(() -> pod[0] = subject.runPod(port));
        double end = millis(() -> end(subject, pod[0]));
        if (round >= WARM_UP) {
          all.get(i).add(new double[] {plain, published, end});
        }
      }
    }
    for (int what = 0; what < names.length; what++) {
      for (int i = 0; i < subjects.size(); i++) {
        int column = what;
        add("net", names[what], "ms", i, Samples.of(all.get(i), times -> times[column]));
      }
    }
  }

  private static void end(Subject subject, Subject.Pod pod) {
    subject.stopPod(pod);
    subject.removePod(pod);
  }

  /** ExecSync and streamed Exec in a container that runs, and how fast bytes pass through one. */
  void exec() throws Exception {
    List<Subject.Pod> pods = new ArrayList<>();
    List<String> containers = new ArrayList<>();
    List<List<Double>> times = new ArrayList<>();
    List<List<Double>> streams = new ArrayList<>();
    List<List<Double>> rates = new ArrayList<>();
    for (Subject subject : subjects) {
      Subject.Pod pod = subject.runPod();
      pods.add(pod);
      containers.add(subject.runSleeper(pod, "c"));
      times.add(new ArrayList<>());
      streams.add(new ArrayList<>());
      rates.add(new ArrayList<>());
    }
    for (int round = 0; round < WARM_UP + 4 * rounds; round++) {
      for (int i = 0; i < subjects.size(); i++) {
        Subject subject = subjects.get(i);
        String container = containers.get(i);
        double time = millis(() -> subject.exec(container, "", "true"));
        double stream = millis(() -> subject.execStream(container, 0, "true"));
        if (round >= WARM_UP) {
          times.get(i).add(time);
          streams.get(i).add(stream);
        }
      }
    }
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < subjects.size(); i++) {
        Subject subject = subjects.get(i);
        String container = containers.get(i);
        String size = Integer.toString(THROUGH);
        double time = millis(() -> subject.execStream(container, THROUGH, "head", "-c", size));
        rates.get(i).add(THROUGH / (time * 1000));
      }
    }
    for (int i = 0; i < subjects.size(); i++) {
      subjects.get(i).exec(containers.get(i), "ok\n", "echo", "ok");
      add("exec", "ExecSync true", "ms", i, new Samples(times.get(i)));
      add("exec", "Exec true, streamed", "ms", i, new Samples(streams.get(i)));
      add("exec", "64 MiB there and back", "MB/s", i, new Samples(rates.get(i)));
      subjects.get(i).stopPod(pods.get(i));
      subjects.get(i).removePod(pods.get(i));
    }
  }

  /** Whole lives per second, and many pods at once. */
  void parallel() throws Exception {
    for (int clients : new int[] {1, 4}) {
      List<List<Double>> rates = new ArrayList<>();
      subjects.forEach(_ -> rates.add(new ArrayList<>()));
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < subjects.size(); i++) {
          Subject subject = subjects.get(i);
          double time = millis(() -> together(clients, 5, subject::cycle));
          rates.get(i).add(clients * 5 / (time / 1000));
        }
      }
      for (int i = 0; i < subjects.size(); i++) {
        add("parallel", "lives, " + clients + " clients", "1/s", i, new Samples(rates.get(i)));
      }
    }
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      List<Subject.Pod> pods = java.util.Collections.synchronizedList(new ArrayList<>());
      double time =
          millis(
              () ->
                  together(
                      32,
                      1,
                      () -> {
                        Subject.Pod pod = subject.runPod();
                        pods.add(pod);
                        subject.checkRuns(subject.runSleeper(pod, "c"));
                      }));
      add("parallel", "32 pods at once", "ms", i, new Samples(List.of(time)));
      removeAll(subject, pods);
    }
  }

  private static void together(int clients, int times, Step step) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      List<Future<Void>> all = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        Callable<Void> task =
            () -> {
              for (int i = 0; i < times; i++) {
                step.run();
              }
              return null;
            };
        all.add(threads.submit(task));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    }
  }

  /** Lists with a thousand containers, half of them created only. */
  void list() throws Exception {
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      List<Subject.Pod> pods = new ArrayList<>();
      for (int p = 0; p < 20; p++) {
        Subject.Pod pod = subject.runPod();
        pods.add(pod);
        for (int c = 0; c < 50; c++) {
          subject.create(pod, "c" + c, "sleep", "100000");
        }
      }
      List<Double> containers = new ArrayList<>();
      List<Double> sandboxes = new ArrayList<>();
      for (int round = 0; round < 250; round++) {
        double ofContainers = millis(() -> checkCount(1000, containers(subject)));
        double ofSandboxes = millis(() -> checkCount(20, sandboxes(subject)));
        if (round >= 50) {
          containers.add(ofContainers);
          sandboxes.add(ofSandboxes);
        }
      }
      add("list", "ListContainers of 1000", "ms", i, new Samples(containers));
      add("list", "ListPodSandbox of 20", "ms", i, new Samples(sandboxes));
      if (subject.name().equals(Report.OWN)) {
        ServerTime own = new ServerTime(subject);
        double quick =
            own.withinMillisecond("ListContainers", () -> checkCount(1000, containers(subject)));
        add("list", "ListContainers of 1000, server: up to 1 ms", "%", i, one(quick));
        quick = own.withinMillisecond("ListPodSandbox", () -> checkCount(20, sandboxes(subject)));
        add("list", "ListPodSandbox of 20, server: up to 1 ms", "%", i, one(quick));
      }
      removeAll(subject, pods);
    }
  }

  private static int containers(Subject subject) {
    return subject
        .daemon()
        .runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersCount();
  }

  private static int sandboxes(Subject subject) {
    return subject
        .daemon()
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsCount();
  }

  private static void checkCount(int expected, int found) {
    if (expected != found) {
      throw new IllegalStateException("listed " + found + " instead of " + expected);
    }
  }

  /** Memory of daemon and helpers. */
  void memory() throws Exception {
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      Daemon daemon = subject.daemon();
      add("memory", "daemon, idle", "MiB", i, one(Memory.of(daemon.pid())));
      double before = Memory.ofHelpers();
      List<Subject.Pod> pods = new ArrayList<>();
      fill(subject, pods, MANY);
      double helpers = Memory.ofHelpers() - before;
      double own = Memory.of(daemon.pid());
      add("memory", "daemon, 100 pods", "MiB", i, one(own));
      add("memory", "helpers per pod of 1 container", "MiB", i, one(helpers / MANY));
      add("memory", "all of the runtime, 100 pods", "MiB", i, one(own + helpers));
      for (Subject.Pod pod : pods.subList(0, 20)) {
        subject.runSleeper(pod, "c1");
        subject.runSleeper(pod, "c2");
      }
      double more = (Memory.ofHelpers() - before - helpers) / 20 + helpers / MANY;
      add("memory", "helpers per pod of 3 containers", "MiB", i, one(more));
      removeAll(subject, pods);
    }
  }

  /** Starts of the daemon, until it answers, with pods to find again. */
  void start() throws Exception {
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      List<Subject.Pod> pods = new ArrayList<>();
      for (int size : new int[] {0, MANY / 2, MANY}) {
        fill(subject, pods, size);
        List<Double> times = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
          subject.daemon().stop();
          times.add(subject.daemon().start());
          checkCount(size, containers(subject));
        }
        subject.daemon().awaitReady();
        add("start", "with " + size + " pods", "ms", i, new Samples(times));
      }
      removeAll(subject, pods);
    }
  }

  /** More pods of one container, until there are so many. */
  private static void fill(Subject subject, List<Subject.Pod> pods, int size) {
    while (pods.size() < size) {
      Subject.Pod pod = subject.runPod();
      pods.add(pod);
      subject.runSleeper(pod, "c0");
    }
  }

  /** What things cost with 10 pods and with 400. */
  void scale() throws Exception {
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      if (!subject.name().equals(Report.OWN)) {
        continue;
      }
      List<Subject.Pod> pods = new ArrayList<>();
      for (int size : new int[] {10, 400}) {
        fill(subject, pods, size);
        List<double[]> lives = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
          lives.add(life(subject));
        }
        Subject.Pod pod = subject.runPod();
        String container = subject.runSleeper(pod, "c");
        List<Double> execs = new ArrayList<>();
        List<Double> lists = new ArrayList<>();
        for (int round = 0; round < 2 * rounds; round++) {
          execs.add(millis(() -> subject.exec(container, "", "true")));
          int expected = size + 1;
          lists.add(1000 * millis(() -> checkCount(expected, containers(subject))) / expected);
        }
        subject.stopPod(pod);
        subject.removePod(pod);
        add("scale", "RunPodSandbox at " + size, "ms", i, Samples.of(lives, t -> t[0]));
        add("scale", "CreateContainer at " + size, "ms", i, Samples.of(lives, t -> t[1]));
        add("scale", "StartContainer at " + size, "ms", i, Samples.of(lives, t -> t[2]));
        add("scale", "all three at " + size, "ms", i, Samples.of(lives, t -> t[3]));
        add("scale", "ExecSync at " + size, "ms", i, new Samples(execs));
        add("scale", "ListContainers per item at " + size, "us", i, new Samples(lists));
      }
      removeAll(subject, pods);
    }
  }

  private static void removeAll(Subject subject, List<Subject.Pod> pods) throws Exception {
    List<Subject.Pod> left = new ArrayList<>(pods);
    for (int from = 0; from < left.size(); from += 4) {
      List<Subject.Pod> some = left.subList(from, Math.min(left.size(), from + 4));
      try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
        List<Future<?>> all = new ArrayList<>();
        for (Subject.Pod pod : some) {
          all.add(
              threads.submit(
                  () -> {
                    subject.stopPod(pod);
                    subject.removePod(pod);
                  }));
        }
        for (Future<?> one : all) {
          one.get();
        }
      }
    }
  }

  private static Samples one(double value) {
    return new Samples(List.of(value));
  }

  private void add(String part, String what, String unit, int subject, Samples samples) {
    report.add(part, what, unit, subjects.get(subject).name(), samples);
  }
}
