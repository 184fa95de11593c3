package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.AttachResponse;
import dev.gantry.cri.v1.CheckpointContainerRequest;
import dev.gantry.cri.v1.CheckpointContainerResponse;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ContainerStatsResponse;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.CreateContainerResponse;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.ExecResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainerStatsResponse;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListContainersResponse;
import dev.gantry.cri.v1.ListMetricDescriptorsRequest;
import dev.gantry.cri.v1.ListMetricDescriptorsResponse;
import dev.gantry.cri.v1.ListPodSandboxMetricsRequest;
import dev.gantry.cri.v1.ListPodSandboxMetricsResponse;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.ListPodSandboxStatsResponse;
import dev.gantry.cri.v1.PodSandboxMetrics;
import dev.gantry.cri.v1.PodSandboxStats;
import dev.gantry.cri.v1.PodSandboxStatsRequest;
import dev.gantry.cri.v1.PodSandboxStatsResponse;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.cri.v1.PortForwardResponse;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveContainerResponse;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RemovePodSandboxResponse;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import dev.gantry.cri.v1.ReopenContainerLogResponse;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxResponse;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.RuntimeConfigResponse;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StartContainerResponse;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopContainerResponse;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxResponse;
import dev.gantry.cri.v1.StreamContainerStatsRequest;
import dev.gantry.cri.v1.StreamContainerStatsResponse;
import dev.gantry.cri.v1.StreamContainersRequest;
import dev.gantry.cri.v1.StreamContainersResponse;
import dev.gantry.cri.v1.StreamPodSandboxMetricsRequest;
import dev.gantry.cri.v1.StreamPodSandboxMetricsResponse;
import dev.gantry.cri.v1.StreamPodSandboxStatsRequest;
import dev.gantry.cri.v1.StreamPodSandboxStatsResponse;
import dev.gantry.cri.v1.StreamPodSandboxesRequest;
import dev.gantry.cri.v1.StreamPodSandboxesResponse;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesResponse;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesResponse;
import dev.gantry.cri.v1.UpdateRuntimeConfigRequest;
import dev.gantry.cri.v1.UpdateRuntimeConfigResponse;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.linux.Fault;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The gRPC face of pods and containers: finds what a request names, calls one verb or view,
 * answers. Failures are thrown as {@code Fault}s; the server's interceptor makes gRPC codes of
 * them. What is not overridden here answers UNIMPLEMENTED.
 */
public final class RuntimeGrpc extends RuntimeServiceGrpc.RuntimeServiceImplBase {
  /** Items in one message of a Stream* answer: far below any message limit. */
  private static final int CHUNK = 200;

  /** A pod has hundreds of metrics. */
  private static final int METRICS_CHUNK = 10;

  private static final long LOOK_MILLIS = 5;

  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final Verbs verbs;
  private final NodeStatus node;
  private final Inspection inspection;
  private final Statistics statistics;
  private final ContainerEvents events;
  private final PodMetrics metrics;
  private final Consumer<String> podCidr;

  RuntimeGrpc(
      Registry<Pod> pods,
      Registry<Container> containers,
      Verbs verbs,
      NodeStatus node,
      Inspection inspection,
      Statistics statistics,
      ContainerEvents events,
      PodMetrics metrics,
      Consumer<String> podCidr) {
    this.pods = pods;
    this.containers = containers;
    this.verbs = verbs;
    this.node = node;
    this.inspection = inspection;
    this.statistics = statistics;
    this.events = events;
    this.metrics = metrics;
    this.podCidr = podCidr;
  }

  @Override
  public void version(VersionRequest request, StreamObserver<VersionResponse> answer) {
    reply(answer, node.version());
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> answer) {
    reply(answer, node.status(request.getVerbose()));
  }

  @Override
  public void runtimeConfig(
      RuntimeConfigRequest request, StreamObserver<RuntimeConfigResponse> answer) {
    reply(answer, node.runtimeConfig());
  }

  @Override
  public void runPodSandbox(
      RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> answer) {
    String id = verbs.runPodSandbox().run(request.getConfig(), request.getRuntimeHandler());
    reply(answer, RunPodSandboxResponse.newBuilder().setPodSandboxId(id).build());
  }

  @Override
  public void stopPodSandbox(
      StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> answer) {
    pods.find(request.getPodSandboxId()).ifPresent(verbs.stopPodSandbox()::run);
    reply(answer, StopPodSandboxResponse.getDefaultInstance());
  }

  @Override
  public void removePodSandbox(
      RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> answer) {
    pods.find(request.getPodSandboxId()).ifPresent(verbs.removePodSandbox()::run);
    reply(answer, RemovePodSandboxResponse.getDefaultInstance());
  }

  @Override
  public void podSandboxStatus(
      PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> answer) {
    Pod pod = visible(request.getPodSandboxId());
    var response =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(PodViews.status(pod))
            .setTimestamp(node.now());
    for (Container container : containers.all()) {
      if (container.identity().podId().equals(pod.id())) {
        response.addContainersStatuses(ContainerViews.status(container));
      }
    }
    if (request.getVerbose()) {
      response.putAllInfo(inspection.of(pod));
    }
    reply(answer, response.build());
  }

  @Override
  public void listPodSandbox(
      ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> answer) {
    List<ByteString> items = new ArrayList<>();
    for (Pod pod : pods.all()) {
      if (PodViews.matches(pod, request.getFilter())) {
        items.add(pod.listed());
      }
    }
    reply(
        answer,
        ListPodSandboxResponse.newBuilder()
            .setUnknownFields(Listed.field(ListPodSandboxResponse.ITEMS_FIELD_NUMBER, items))
            .build());
  }

  @Override
  public void streamPodSandboxes(
      StreamPodSandboxesRequest request, StreamObserver<StreamPodSandboxesResponse> answer) {
    var matching = pods.all().stream().filter(p -> PodViews.matches(p, request.getFilter()));
    for (List<Pod> chunk : Chunks.of(matching.toList(), CHUNK)) {
      next(
          answer,
          StreamPodSandboxesResponse.newBuilder()
              .addAllPodSandboxes(chunk.stream().map(PodViews::item).toList())
              .build());
    }
    answer.onCompleted();
  }

  @Override
  public void createContainer(
      CreateContainerRequest request, StreamObserver<CreateContainerResponse> answer) {
    Pod pod = visible(request.getPodSandboxId());
    String id = verbs.createContainer().run(pod, request.getConfig());
    reply(answer, CreateContainerResponse.newBuilder().setContainerId(id).build());
  }

  @Override
  public void startContainer(
      StartContainerRequest request, StreamObserver<StartContainerResponse> answer) {
    verbs.startContainer().run(containers.get(request.getContainerId()));
    reply(answer, StartContainerResponse.getDefaultInstance());
  }

  @Override
  public void stopContainer(
      StopContainerRequest request, StreamObserver<StopContainerResponse> answer) {
    containers
        .find(request.getContainerId())
        .ifPresent(c -> verbs.stopContainer().run(c, Times.grace(request.getTimeout())));
    reply(answer, StopContainerResponse.getDefaultInstance());
  }

  @Override
  public void removeContainer(
      RemoveContainerRequest request, StreamObserver<RemoveContainerResponse> answer) {
    containers.find(request.getContainerId()).ifPresent(verbs.removeContainer()::run);
    reply(answer, RemoveContainerResponse.getDefaultInstance());
  }

  @Override
  public void containerStatus(
      ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> answer) {
    Container container = containers.get(request.getContainerId());
    var response = ContainerStatusResponse.newBuilder().setStatus(ContainerViews.status(container));
    if (request.getVerbose()) {
      response.putAllInfo(inspection.of(container));
    }
    reply(answer, response.build());
  }

  @Override
  public void listContainers(
      ListContainersRequest request, StreamObserver<ListContainersResponse> answer) {
    List<ByteString> items = new ArrayList<>();
    for (Container container : containers.all()) {
      if (ContainerViews.matches(container, request.getFilter())) {
        items.add(container.listed());
      }
    }
    reply(
        answer,
        ListContainersResponse.newBuilder()
            .setUnknownFields(Listed.field(ListContainersResponse.CONTAINERS_FIELD_NUMBER, items))
            .build());
  }

  @Override
  public void streamContainers(
      StreamContainersRequest request, StreamObserver<StreamContainersResponse> answer) {
    var matching =
        containers.all().stream().filter(c -> ContainerViews.matches(c, request.getFilter()));
    for (List<Container> chunk : Chunks.of(matching.toList(), CHUNK)) {
      next(
          answer,
          StreamContainersResponse.newBuilder()
              .addAllContainers(chunk.stream().map(ContainerViews::item).toList())
              .build());
    }
    answer.onCompleted();
  }

  @Override
  public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> answer) {
    Container container = containers.get(request.getContainerId());
    reply(
        answer,
        verbs.execSync().run(container, request.getCmdList(), Times.limit(request.getTimeout())));
  }

  @Override
  public void exec(ExecRequest request, StreamObserver<ExecResponse> answer) {
    String url = verbs.streamCalls().exec(request);
    reply(answer, ExecResponse.newBuilder().setUrl(url).build());
  }

  @Override
  public void attach(AttachRequest request, StreamObserver<AttachResponse> answer) {
    String url = verbs.streamCalls().attach(request);
    reply(answer, AttachResponse.newBuilder().setUrl(url).build());
  }

  @Override
  public void portForward(PortForwardRequest request, StreamObserver<PortForwardResponse> answer) {
    String url = verbs.streamCalls().portForward(request);
    reply(answer, PortForwardResponse.newBuilder().setUrl(url).build());
  }

  @Override
  public void checkpointContainer(
      CheckpointContainerRequest request, StreamObserver<CheckpointContainerResponse> answer) {
    verbs
        .checkpointContainer()
        .run(containers.get(request.getContainerId()), request.getLocation(), request.getTimeout());
    reply(answer, CheckpointContainerResponse.getDefaultInstance());
  }

  @Override
  public void reopenContainerLog(
      ReopenContainerLogRequest request, StreamObserver<ReopenContainerLogResponse> answer) {
    verbs.reopenLog().run(containers.get(request.getContainerId()));
    reply(answer, ReopenContainerLogResponse.getDefaultInstance());
  }

  @Override
  public void containerStats(
      ContainerStatsRequest request, StreamObserver<ContainerStatsResponse> answer) {
    ContainerStats stats = statistics.of(containers.get(request.getContainerId()));
    reply(answer, ContainerStatsResponse.newBuilder().setStats(stats).build());
  }

  @Override
  public void listContainerStats(
      ListContainerStatsRequest request, StreamObserver<ListContainerStatsResponse> answer) {
    List<ContainerStats> stats = statistics.matching(request.getFilter());
    reply(answer, ListContainerStatsResponse.newBuilder().addAllStats(stats).build());
  }

  @Override
  public void streamContainerStats(
      StreamContainerStatsRequest request, StreamObserver<StreamContainerStatsResponse> answer) {
    for (List<ContainerStats> chunk : Chunks.of(statistics.matching(request.getFilter()), CHUNK)) {
      next(answer, StreamContainerStatsResponse.newBuilder().addAllContainerStats(chunk).build());
    }
    answer.onCompleted();
  }

  @Override
  public void podSandboxStats(
      PodSandboxStatsRequest request, StreamObserver<PodSandboxStatsResponse> answer) {
    PodSandboxStats stats = statistics.of(visible(request.getPodSandboxId()));
    reply(answer, PodSandboxStatsResponse.newBuilder().setStats(stats).build());
  }

  @Override
  public void listPodSandboxStats(
      ListPodSandboxStatsRequest request, StreamObserver<ListPodSandboxStatsResponse> answer) {
    List<PodSandboxStats> stats = statistics.matching(request.getFilter());
    reply(answer, ListPodSandboxStatsResponse.newBuilder().addAllStats(stats).build());
  }

  @Override
  public void streamPodSandboxStats(
      StreamPodSandboxStatsRequest request, StreamObserver<StreamPodSandboxStatsResponse> answer) {
    for (List<PodSandboxStats> chunk : Chunks.of(statistics.matching(request.getFilter()), CHUNK)) {
      next(answer, StreamPodSandboxStatsResponse.newBuilder().addAllPodSandboxStats(chunk).build());
    }
    answer.onCompleted();
  }

  @Override
  public void getContainerEvents(
      GetEventsRequest request, StreamObserver<ContainerEventResponse> answer) {
    try (EventSubscription subscription = events.subscribe()) {
      for (var event = subscription.next(); event.isPresent(); event = subscription.next()) {
        next(answer, event.get());
      }
    }
    answer.onCompleted();
  }

  @Override
  public void listMetricDescriptors(
      ListMetricDescriptorsRequest request, StreamObserver<ListMetricDescriptorsResponse> answer) {
    reply(
        answer,
        ListMetricDescriptorsResponse.newBuilder()
            .addAllDescriptors(metrics.descriptors())
            .build());
  }

  @Override
  public void listPodSandboxMetrics(
      ListPodSandboxMetricsRequest request, StreamObserver<ListPodSandboxMetricsResponse> answer) {
    reply(
        answer, ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(metrics.all()).build());
  }

  @Override
  public void streamPodSandboxMetrics(
      StreamPodSandboxMetricsRequest request,
      StreamObserver<StreamPodSandboxMetricsResponse> answer) {
    for (List<PodSandboxMetrics> chunk : Chunks.of(metrics.all(), METRICS_CHUNK)) {
      next(
          answer,
          StreamPodSandboxMetricsResponse.newBuilder().addAllPodSandboxMetrics(chunk).build());
    }
    answer.onCompleted();
  }

  @Override
  public void updateContainerResources(
      UpdateContainerResourcesRequest request,
      StreamObserver<UpdateContainerResourcesResponse> answer) {
    if (request.hasWindows()) {
      throw new Fault.Unsupported("windows: this is Linux");
    }
    verbs
        .updateContainerResources()
        .run(containers.get(request.getContainerId()), request.getLinux());
    reply(answer, UpdateContainerResourcesResponse.getDefaultInstance());
  }

  @Override
  public void updatePodSandboxResources(
      UpdatePodSandboxResourcesRequest request,
      StreamObserver<UpdatePodSandboxResourcesResponse> answer) {
    // The kubelet changes the pod's cgroup itself and tells so; it is kept like what came before.
    Pod pod = visible(request.getPodSandboxId());
    pod.tellResources(request);
    reply(answer, UpdatePodSandboxResourcesResponse.getDefaultInstance());
  }

  @Override
  public void updateRuntimeConfig(
      UpdateRuntimeConfigRequest request, StreamObserver<UpdateRuntimeConfigResponse> answer) {
    String cidrs = request.getRuntimeConfig().getNetworkConfig().getPodCidr();
    if (!cidrs.isEmpty()) {
      podCidr.accept(cidrs);
    }
    reply(answer, UpdateRuntimeConfigResponse.getDefaultInstance());
  }

  private Pod visible(String id) {
    Pod pod = pods.get(id);
    if (!PodViews.visible(pod)) {
      throw new Fault.NotFound("sandbox %s: not found".formatted(id));
    }
    return pod;
  }

  /**
   * Sends one message of a stream once its reader has room: grpc-java would keep every message in
   * memory, and its callback for that waits in line behind the method.
   */
  private static <T> void next(StreamObserver<T> answer, T message) {
    ServerCallStreamObserver<T> call = (ServerCallStreamObserver<T>) answer;
    try {
      while (!call.isReady()) {
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("wait for the reader of a stream", e);
    }
    call.onNext(message);
  }

  private static <T> void reply(StreamObserver<T> answer, T message) {
    answer.onNext(message);
    answer.onCompleted();
  }
}
