package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import dev.gantry.cri.v1.VersionRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every call with requests of the right shape and random content, by many callers at once: whatever
 * comes in, the answer is a typed error that is the caller's to understand, in time, and nothing
 * stays behind. {@code -Dgantry.fuzz.calls=200000} runs the long one, {@code -Dgantry.fuzz.seed}
 * repeats the requests of one.
 */
class FuzzIT {
  private static final int CALLS = Integer.getInteger("gantry.fuzz.calls", 1200);
  private static final int CALLERS = Integer.getInteger("gantry.fuzz.callers", 8);
  private static final int METHODS = 43;
  private static final String CGROUP = "gantry-fuzz";
  private static final long SEED = Long.getLong("gantry.fuzz.seed", System.nanoTime());

  /** Calls of one caller to one state of the node. */
  private static final int CALLS_OF_ROUND = 50;

  /** Of so many rounds one finds nothing on the node. */
  private static final int EMPTY_ROUNDS = 3;

  /** What a caller cannot have caused. */
  private static final Set<Status.Code> NEVER =
      Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DATA_LOSS);

  @TempDir Path dir;
  private TestNode node;
  private Pods pods;
  private final List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
  private final ConcurrentMap<String, Integer> outcomes = new ConcurrentSkipListMap<>();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  /** What the node has, but for what calls have removed of it. */
  private final List<Ids> ids = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws IOException {
    node = TestNode.apart(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
    for (var service :
        List.of(
            RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        methods.addAll(Collections.nCopies(weight(method), method));
      }
    }
    assertThat(methods.stream().distinct()).hasSizeGreaterThanOrEqualTo(METHODS);
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  @Test
  void noRequestBreaksTheDaemon() throws Exception {
    HostState before = HostState.empty(node);
    int rounds = Math.max(1, CALLS / (CALLERS * CALLS_OF_ROUND));
    List<Caller> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(new Caller("caller" + i, new Random(SEED + i)));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
      for (int round = 0; round < rounds; round++) {
        node.pullImage();
        boolean populated = round % EMPTY_ROUNDS != 0;
        if (populated) {
          await(threads, callers, Caller::makePod);
        }
        await(threads, callers, Caller::fuzz);
        await(threads, List.copyOf(list()), pod -> pods.remove(pod.getId()));
        ids.clear();
        assertThat(containers()).isEmpty();
      }
    }
    System.out.printf(
        "fuzz: seed %d, %d calls by %d callers: %s%n",
        SEED, outcomes.values().stream().mapToInt(Integer::intValue).sum(), CALLERS, outcomes);
    assertThat(wrong).as("seed " + SEED).isEmpty();
    assertThat(node.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName())
        .isEqualTo("gantry");
    assertThat(dir.resolve(RandomMessages.Words.ESCAPE)).doesNotExist();
    pods.pull();
    HostState.assertNothingLeft(node, before);
  }

  private static <T> void await(ExecutorService threads, List<T> of, Consumer<T> task)
      throws Exception {
    List<Future<?>> under = new ArrayList<>();
    for (T each : of) {
      under.add(threads.submit(() -> task.accept(each)));
    }
    for (Future<?> each : under) {
      each.get();
    }
  }

  /** A pod, a container of it that runs and one that does not. */
  private record Ids(String pod, String running, String created) {}

  private static final Ids NONE = new Ids("none", "none", "none");

  /** One of those who call at once. */
  private final class Caller {
    private final String name;
    private final Random random;
    private final RandomMessages messages;

    Caller(String name, Random random) {
      this.name = name;
      this.random = random;
      this.messages =
          new RandomMessages(
              random, new RandomMessages.Words(random, dir, CGROUP, FuzzIT.this::known));
    }

    void makePod() {
      PodSandboxConfig config = pods.config(name);
      String pod = pods.run(config);
      String running = pods.create(pod, config, pods.container("a", "sleep", "600").build());
      pods.start(running);
      ids.add(new Ids(pod, running, pods.create(pod, config, pods.container("b", "true").build())));
    }

    void fuzz() {
      for (int i = 0; i < CALLS_OF_ROUND; i++) {
        MethodDescriptor<?, ?> method = methods.get(random.nextInt(methods.size()));
        Message valid = valid(method, ids.isEmpty() ? NONE : ids.get(random.nextInt(ids.size())));
        Message request =
            valid == null || random.nextInt(4) == 0
                ? messages.of(prototype(method))
                : messages.damaged(valid);
        judge(method, request, answer(method, request));
      }
    }
  }

  private List<String> known() {
    return ids.stream().flatMap(i -> Stream.of(i.pod(), i.running(), i.created())).toList();
  }

  private void judge(MethodDescriptor<?, ?> method, Message request, Status status) {
    outcomes.merge(method.getBareMethodName() + " " + status.getCode(), 1, Integer::sum);
    if (NEVER.contains(status.getCode()) && !isWordOfKubelet(status)) {
      String text = request.toString();
      wrong.add(
          "%s: %s for%n%s"
              .formatted(
                  method.getBareMethodName(),
                  status,
                  text.substring(0, Math.min(3000, text.length()))));
    }
  }

  /** The kubelet looks for these where a runtime did not think of a code. */
  private static boolean isWordOfKubelet(Status status) {
    return String.valueOf(status.getDescription())
        .matches("(?s)(RegistryUnavailable|SignatureValidationFailed|ImageVolumeMountFailed)\\b.*");
  }

  /** The calls that do the most. */
  private static int weight(MethodDescriptor<?, ?> method) {
    return switch (String.valueOf(method.getBareMethodName())) {
      case "RunPodSandbox", "CreateContainer", "ExecSync", "UpdateContainerResources" -> 8;
      case "StartContainer" -> 3;
      default -> 1;
    };
  }

  private static Message prototype(MethodDescriptor<?, ?> method) {
    var marshaller = (MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller();
    assertThat(method.getSchemaDescriptor()).isInstanceOf(ProtoMethodDescriptorSupplier.class);
    return (Message) java.util.Objects.requireNonNull(marshaller.getMessagePrototype());
  }

  /** A stream that has no end is read for a moment; who waits too long goes away. */
  @SuppressWarnings("unchecked")
  private <Q, R> Status answer(MethodDescriptor<Q, R> method, Message request) {
    boolean endless = "GetContainerEvents".equals(method.getBareMethodName());
    boolean patient = mayTakeLong(method);
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(
            endless ? 50 : patient ? 2000 : 60_000, TimeUnit.MILLISECONDS);
    try {
      if (method.getType() == MethodDescriptor.MethodType.SERVER_STREAMING) {
        var answers =
            ClientCalls.blockingServerStreamingCall(node.channel(), method, options, (Q) request);
        while (answers.hasNext()) {
          answers.next();
        }
      } else {
        var _ = ClientCalls.blockingUnaryCall(node.channel(), method, options, (Q) request);
      }
      return Status.OK;
    } catch (StatusRuntimeException e) {
      boolean late = e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED;
      if (late && !endless && !patient) {
        throw new AssertionError("no answer in time: " + method.getBareMethodName() + request, e);
      }
      return e.getStatus();
    }
  }

  /** What would be served, for calls whose checks nothing random gets through. */
  private @Nullable Message valid(MethodDescriptor<?, ?> method, Ids of) {
    PodSandboxConfig config = pods.config("valid");
    return switch (String.valueOf(method.getBareMethodName())) {
      case "RunPodSandbox" -> RunPodSandboxRequest.newBuilder().setConfig(config).build();
      case "CreateContainer" ->
          CreateContainerRequest.newBuilder()
              .setPodSandboxId(of.pod())
              .setConfig(pods.container("valid", "true"))
              .setSandboxConfig(config)
              .build();
      case "ExecSync" ->
          ExecSyncRequest.newBuilder()
              .setContainerId(of.running())
              .addCmd("true")
              .setTimeout(5)
              .build();
      case "StartContainer" ->
          StartContainerRequest.newBuilder().setContainerId(of.created()).build();
      case "UpdateContainerResources" ->
          UpdateContainerResourcesRequest.newBuilder()
              .setContainerId(of.running())
              .setLinux(LinuxContainerResources.newBuilder().setCpuShares(512))
              .build();
      default -> null;
    };
  }

  /** Waits as long as it is told to. */
  private static boolean mayTakeLong(MethodDescriptor<?, ?> method) {
    return "ExecSync".equals(method.getBareMethodName())
        || "StopContainer".equals(method.getBareMethodName());
  }

  private List<PodSandbox> list() {
    return node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
  }

  private List<Container> containers() {
    return node.runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList();
  }
}
