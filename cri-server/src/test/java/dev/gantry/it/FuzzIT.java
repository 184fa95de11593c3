package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every call with requests of the right shape and random content: whatever comes in, the answer is
 * a typed error that is the caller's to understand, in time, and nothing stays behind. {@code
 * -Dgantry.fuzz.calls=200000} runs the long one, {@code -Dgantry.fuzz.seed} repeats one.
 */
class FuzzIT {
  private static final int CALLS = Integer.getInteger("gantry.fuzz.calls", 1000);
  private static final long SEED = Long.getLong("gantry.fuzz.seed", System.nanoTime());

  /** What a caller cannot have caused. */
  private static final Set<Status.Code> NEVER =
      Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DATA_LOSS);

  @TempDir Path dir;
  private TestNode node;
  private Pods pods;

  /** A pod, a container of it that runs and one that does not; or nothing. */
  private List<String> ids = List.of();

  @BeforeEach
  void start() throws IOException {
    node = TestNode.apart(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  @Test
  void noRequestBreaksTheDaemon() throws Exception {
    Random random = new Random(SEED);
    RandomMessages.Words words = new RandomMessages.Words(random, dir, "gantry-fuzz");
    RandomMessages messages = new RandomMessages(random, words);
    List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
    for (var service :
        List.of(
            RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        methods.addAll(Collections.nCopies(weight(method), method));
      }
    }
    assertThat(methods).hasSizeGreaterThan(40);
    TreeMap<String, Integer> outcomes = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    for (int call = 0; call < CALLS; call++) {
      if (call % 100 == 0) {
        populate(call);
        words.ids(ids);
      }
      MethodDescriptor<?, ?> method = methods.get(random.nextInt(methods.size()));
      Message valid = valid(method);
      Message request =
          valid == null || random.nextInt(4) == 0
              ? messages.of(prototype(method))
              : messages.damaged(valid);
      Status status = call(method, request);
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
    System.out.println("seed " + SEED + ": " + outcomes);
    assertThat(wrong).as("seed " + SEED).isEmpty();
    removeAll();
    assertThat(node.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName())
        .isEqualTo("gantry");
    assertThat(words.escape()).doesNotExist();
    try (Stream<Path> left = Files.list(node.state().resolve("pods"))) {
      assertThat(left).isEmpty();
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

  /** A stream that has no end is read for a moment. */
  @SuppressWarnings("unchecked")
  private <Q, R> Status call(MethodDescriptor<Q, R> method, Message request) {
    boolean endless = "GetContainerEvents".equals(method.getBareMethodName());
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(endless ? 50 : 30_000, TimeUnit.MILLISECONDS);
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
      if (late && !endless && !mayTakeLong(method)) {
        throw new AssertionError("no answer in time: " + method.getBareMethodName() + request, e);
      }
      return e.getStatus();
    }
  }

  /** What would be served, for calls whose checks nothing random gets through. */
  private @Nullable Message valid(MethodDescriptor<?, ?> method) {
    String name = String.valueOf(method.getBareMethodName());
    PodSandboxConfig config = pods.config("valid");
    if (name.equals("RunPodSandbox")) {
      return RunPodSandboxRequest.newBuilder().setConfig(config).build();
    }
    if (ids.isEmpty()) {
      return null;
    }
    return switch (name) {
      case "CreateContainer" ->
          CreateContainerRequest.newBuilder()
              .setPodSandboxId(ids.getFirst())
              .setConfig(pods.container("valid", "true"))
              .setSandboxConfig(config)
              .build();
      case "ExecSync" ->
          ExecSyncRequest.newBuilder()
              .setContainerId(ids.get(1))
              .addCmd("true")
              .setTimeout(5)
              .build();
      case "StartContainer" ->
          StartContainerRequest.newBuilder().setContainerId(ids.getLast()).build();
      case "UpdateContainerResources" ->
          UpdateContainerResourcesRequest.newBuilder()
              .setContainerId(ids.get(1))
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

  /** Starts afresh: nothing, or a pod with a container that runs and one that does not. */
  private void populate(int call) {
    removeAll();
    if (call % 300 == 0) {
      ids = List.of();
      return;
    }
    node.pullImage();
    PodSandboxConfig config = pods.config("fuzz" + call);
    String pod = pods.run(config);
    String running = pods.create(pod, config, pods.container("a", "sleep", "600").build());
    pods.start(running);
    String created = pods.create(pod, config, pods.container("b", "true").build());
    ids = List.of(pod, running, created);
  }

  private void removeAll() {
    for (var pod :
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      pods.remove(pod.getId());
    }
    assertThat(
            node.runtime()
                .listContainers(
                    ListContainersRequest.newBuilder()
                        .setFilter(ContainerFilter.getDefaultInstance())
                        .build())
                .getContainersList())
        .isEmpty();
  }
}
