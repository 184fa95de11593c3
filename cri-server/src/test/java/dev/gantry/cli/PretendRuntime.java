package dev.gantry.cli;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.CreateContainerResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.FilesystemIdentifier;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainerStatsResponse;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListContainersResponse;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListImagesResponse;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxNetworkStatus;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.PullImageResponse;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RemovePodSandboxResponse;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxResponse;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.RuntimeStatus;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StartContainerResponse;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopContainerResponse;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxResponse;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.linux.Fault;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pods and containers of memory only. A container writes one line to its log; one with arguments
 * ends with 3 at once.
 */
final class PretendRuntime extends RuntimeServiceGrpc.RuntimeServiceImplBase {
  final List<String> pulled = new ArrayList<>();
  boolean refuseStart;
  boolean networkReady = true;
  private long clock;
  ContainerConfig lastContainer = ContainerConfig.getDefaultInstance();

  private final Map<String, PodSandbox> pods = new LinkedHashMap<>();
  private final Map<String, Container> containers = new LinkedHashMap<>();
  private final Map<String, PodSandboxConfig> podConfigs = new LinkedHashMap<>();

  Collection<PodSandbox> pods() {
    return pods.values();
  }

  @Override
  public void runPodSandbox(
      RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> observer) {
    String id = "p" + pods.size();
    PodSandboxConfig config = request.getConfig();
    podConfigs.put(id, config);
    pods.put(
        id,
        PodSandbox.newBuilder()
            .setId(id)
            .setMetadata(config.getMetadata())
            .putAllAnnotations(config.getAnnotationsMap())
            .setCreatedAt(1)
            .build());
    answer(observer, RunPodSandboxResponse.newBuilder().setPodSandboxId(id).build());
  }

  @Override
  public void createContainer(
      CreateContainerRequest request, StreamObserver<CreateContainerResponse> observer) {
    String id = "c" + containers.size();
    lastContainer = request.getConfig();
    containers.put(
        id,
        Container.newBuilder()
            .setId(id)
            .setPodSandboxId(request.getPodSandboxId())
            .setMetadata(lastContainer.getMetadata())
            .setImage(lastContainer.getImage())
            .setCreatedAt(1)
            .build());
    answer(observer, CreateContainerResponse.newBuilder().setContainerId(id).build());
  }

  @Override
  public void startContainer(
      StartContainerRequest request, StreamObserver<StartContainerResponse> observer) {
    if (refuseStart) {
      throw new Fault.Invalid("exec \"nope\": no such file or directory");
    }
    Path log = log(request.getContainerId());
    try {
      Files.createDirectories(log.getParent());
      Files.writeString(log, "2026-01-01T00:00:00Z stdout F said hello\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    state(
        request.getContainerId(),
        lastContainer.getArgsCount() > 0
            ? ContainerState.CONTAINER_EXITED
            : ContainerState.CONTAINER_RUNNING);
    answer(observer, StartContainerResponse.getDefaultInstance());
  }

  @Override
  public void containerStatus(
      ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> observer) {
    Container container = find(containers, request.getContainerId());
    ContainerStatus.Builder status =
        ContainerStatus.newBuilder()
            .setId(container.getId())
            .setMetadata(container.getMetadata())
            .setState(container.getState())
            .setLogPath(log(container.getId()).toString());
    if (container.getState() == ContainerState.CONTAINER_EXITED) {
      status.setExitCode(3).setReason("Error");
    }
    answer(observer, ContainerStatusResponse.newBuilder().setStatus(status).build());
  }

  @Override
  public void podSandboxStatus(
      PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> observer) {
    PodSandbox pod = find(pods, request.getPodSandboxId());
    answer(
        observer,
        PodSandboxStatusResponse.newBuilder()
            .setStatus(
                PodSandboxStatus.newBuilder()
                    .setId(pod.getId())
                    .setNetwork(PodSandboxNetworkStatus.newBuilder().setIp("10.0.0.9")))
            .build());
  }

  @Override
  public void listContainers(
      ListContainersRequest request, StreamObserver<ListContainersResponse> observer) {
    ListContainersResponse.Builder response = ListContainersResponse.newBuilder();
    containers.values().stream()
        .filter(
            c ->
                !request.getFilter().hasState()
                    || c.getState() == request.getFilter().getState().getState())
        .forEach(response::addContainers);
    answer(observer, response.build());
  }

  @Override
  public void listPodSandbox(
      ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> observer) {
    answer(observer, ListPodSandboxResponse.newBuilder().addAllItems(pods.values()).build());
  }

  @Override
  public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
    answer(
        observer,
        VersionResponse.newBuilder()
            .setRuntimeName("pretend")
            .setRuntimeVersion("1.2.3")
            .setRuntimeApiVersion("v1")
            .build());
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
    answer(
        observer,
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(
                        RuntimeCondition.newBuilder().setType("RuntimeReady").setStatus(true))
                    .addConditions(
                        RuntimeCondition.newBuilder()
                            .setType("NetworkReady")
                            .setStatus(networkReady)
                            .setReason(networkReady ? "" : "NetworkPluginNotReady")
                            .setMessage(networkReady ? "" : "no configuration")))
            .addRuntimeHandlers(RuntimeHandler.getDefaultInstance())
            .addRuntimeHandlers(RuntimeHandler.newBuilder().setName("crun"))
            .build());
  }

  /** Each time a second later, in which half a second of processor time was used. */
  @Override
  public void listContainerStats(
      ListContainerStatsRequest request, StreamObserver<ListContainerStatsResponse> observer) {
    clock++;
    ListContainerStatsResponse.Builder response = ListContainerStatsResponse.newBuilder();
    containers
        .values()
        .forEach(
            c ->
                response.addStats(
                    ContainerStats.newBuilder()
                        .setAttributes(
                            ContainerAttributes.newBuilder()
                                .setId(c.getId())
                                .setMetadata(c.getMetadata()))
                        .setCpu(
                            CpuUsage.newBuilder()
                                .setTimestamp(clock * 1_000_000_000L)
                                .setUsageCoreNanoSeconds(
                                    UInt64Value.newBuilder().setValue(clock * 500_000_000L)))
                        .setMemory(
                            MemoryUsage.newBuilder()
                                .setWorkingSetBytes(
                                    UInt64Value.newBuilder().setValue(5_000_000)))));
    answer(observer, response.build());
  }

  @Override
  public void getContainerEvents(
      GetEventsRequest request, StreamObserver<ContainerEventResponse> observer) {
    containers
        .values()
        .forEach(
            c ->
                observer.onNext(
                    ContainerEventResponse.newBuilder()
                        .setContainerId(c.getId())
                        .setContainerEventType(ContainerEventType.CONTAINER_STOPPED_EVENT)
                        .setCreatedAt(1_000_000_000L)
                        .setPodSandboxStatus(
                            PodSandboxStatus.newBuilder()
                                .setMetadata(find(pods, c.getPodSandboxId()).getMetadata()))
                        .addContainersStatuses(
                            ContainerStatus.newBuilder()
                                .setId(c.getId())
                                .setMetadata(c.getMetadata())
                                .setFinishedAt(1)
                                .setExitCode(3)
                                .setReason("Error"))
                        .build()));
    observer.onCompleted();
  }

  @Override
  public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> observer) {
    answer(
        observer,
        ExecSyncResponse.newBuilder()
            .setStdout(ByteString.copyFromUtf8(String.join(" ", request.getCmdList()) + "\n"))
            .setStderr(ByteString.copyFromUtf8("warned\n"))
            .setExitCode(7)
            .build());
  }

  @Override
  public void stopContainer(
      StopContainerRequest request, StreamObserver<StopContainerResponse> observer) {
    state(request.getContainerId(), ContainerState.CONTAINER_EXITED);
    answer(observer, StopContainerResponse.getDefaultInstance());
  }

  @Override
  public void stopPodSandbox(
      StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> observer) {
    answer(observer, StopPodSandboxResponse.getDefaultInstance());
  }

  @Override
  public void removePodSandbox(
      RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> observer) {
    pods.remove(request.getPodSandboxId());
    containers.values().removeIf(c -> c.getPodSandboxId().equals(request.getPodSandboxId()));
    answer(observer, RemovePodSandboxResponse.getDefaultInstance());
  }

  /** What has been pulled; each image has the reference as its id's last part. */
  ImageServiceGrpc.ImageServiceImplBase images() {
    return new ImageServiceGrpc.ImageServiceImplBase() {
      @Override
      public void pullImage(PullImageRequest request, StreamObserver<PullImageResponse> observer) {
        String name = request.getImage().getImage();
        if (name.startsWith("missing")) {
          throw new Fault.NotFound("pull " + name + ": not found");
        }
        pulled.add(name);
        answer(observer, PullImageResponse.newBuilder().setImageRef("sha256:" + name).build());
      }

      @Override
      public void imageStatus(
          ImageStatusRequest request, StreamObserver<ImageStatusResponse> observer) {
        String name = request.getImage().getImage();
        ImageStatusResponse.Builder response = ImageStatusResponse.newBuilder();
        if (pulled.contains(name)) {
          response.setImage(image(name));
        }
        answer(observer, response.build());
      }

      @Override
      public void listImages(
          ListImagesRequest request, StreamObserver<ListImagesResponse> observer) {
        ListImagesResponse.Builder response = ListImagesResponse.newBuilder();
        pulled.forEach(name -> response.addImages(image(name)));
        answer(observer, response.build());
      }

      @Override
      public void imageFsInfo(
          ImageFsInfoRequest request, StreamObserver<ImageFsInfoResponse> observer) {
        answer(
            observer,
            ImageFsInfoResponse.newBuilder()
                .addImageFilesystems(
                    FilesystemUsage.newBuilder()
                        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint("/images"))
                        .setUsedBytes(UInt64Value.newBuilder().setValue(7_000_000)))
                .build());
      }

      private Image image(String name) {
        return Image.newBuilder()
            .setId("sha256:" + name)
            .addRepoTags(name)
            .setSize(1_234_567)
            .build();
      }
    };
  }

  private Path log(String id) {
    String directory = find(podConfigs, find(containers, id).getPodSandboxId()).getLogDirectory();
    return Path.of(directory).resolve(lastContainer.getLogPath());
  }

  private void state(String id, ContainerState state) {
    containers.computeIfPresent(id, (_, c) -> c.toBuilder().setState(state).build());
  }

  private static <T> T find(Map<String, T> all, String id) {
    @Nullable T found = all.get(id);
    if (found == null) {
      throw new Fault.NotFound(id + ": not found");
    }
    return found;
  }

  private static <T> void answer(StreamObserver<T> observer, T response) {
    observer.onNext(response);
    observer.onCompleted();
  }
}
