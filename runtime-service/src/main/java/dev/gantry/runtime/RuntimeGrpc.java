package dev.gantry.runtime;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.AttachResponse;
import dev.gantry.cri.v1.CheckpointContainerRequest;
import dev.gantry.cri.v1.CheckpointContainerResponse;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.CreateContainerResponse;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.ExecResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
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
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StartContainerResponse;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopContainerResponse;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxResponse;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesResponse;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesResponse;
import dev.gantry.cri.v1.UpdateRuntimeConfigRequest;
import dev.gantry.cri.v1.UpdateRuntimeConfigResponse;
import dev.gantry.linux.Fault;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/**
 * The gRPC face of pods and containers: finds what a request names, calls one verb or view,
 * answers. Failures are thrown as {@code Fault}s; the server's interceptor makes gRPC codes of
 * them. What is not overridden here answers UNIMPLEMENTED.
 */
public final class RuntimeGrpc extends RuntimeViewsGrpc {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final Verbs verbs;
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
    super(pods, containers, node, inspection, statistics, events, metrics);
    this.pods = pods;
    this.containers = containers;
    this.verbs = verbs;
    this.podCidr = podCidr;
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
}
