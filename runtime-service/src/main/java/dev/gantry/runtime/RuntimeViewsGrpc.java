package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ContainerStatsResponse;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
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
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.RuntimeConfigResponse;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
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
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.linux.Fault;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * What is only looked at: status, lists, statistics, metrics and events, each in one answer or as a
 * stream of them.
 */
abstract sealed class RuntimeViewsGrpc extends RuntimeServiceGrpc.RuntimeServiceImplBase
    permits RuntimeGrpc {
  /** Items in one message of a Stream* answer: far below any message limit. */
  private static final int CHUNK = 200;

  /** A pod has hundreds of metrics. */
  private static final int METRICS_CHUNK = 10;

  private static final long LOOK_MILLIS = 5;

  private final LastList<ListPodSandboxResponse> lastPods =
      new LastList<>(
          items ->
              ListPodSandboxResponse.newBuilder()
                  .setUnknownFields(Listed.field(ListPodSandboxResponse.ITEMS_FIELD_NUMBER, items))
                  .build());
  private final LastList<ListContainersResponse> lastContainers =
      new LastList<>(
          items ->
              ListContainersResponse.newBuilder()
                  .setUnknownFields(
                      Listed.field(ListContainersResponse.CONTAINERS_FIELD_NUMBER, items))
                  .build());
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final NodeStatus node;
  private final Inspection inspection;
  private final Statistics statistics;
  private final ContainerEvents events;
  private final PodMetrics metrics;

  RuntimeViewsGrpc(
      Registry<Pod> pods,
      Registry<Container> containers,
      NodeStatus node,
      Inspection inspection,
      Statistics statistics,
      ContainerEvents events,
      PodMetrics metrics) {
    this.pods = pods;
    this.containers = containers;
    this.node = node;
    this.inspection = inspection;
    this.statistics = statistics;
    this.events = events;
    this.metrics = metrics;
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
    reply(answer, lastPods.of(items));
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
    reply(answer, lastContainers.of(items));
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

  /** A pod that callers may know of. */
  final Pod visible(String id) {
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

  static <T> void reply(StreamObserver<T> answer, T message) {
    answer.onNext(message);
    answer.onCompleted();
  }
}
