package dev.gantry.image;

import dev.gantry.cri.admin.v1.CheckRequest;
import dev.gantry.cri.admin.v1.DiskUsageRequest;
import dev.gantry.cri.admin.v1.DiskUsageResponse;
import dev.gantry.cri.admin.v1.LoadRequest;
import dev.gantry.cri.admin.v1.LoadResponse;
import dev.gantry.cri.admin.v1.NamedImage;
import dev.gantry.cri.admin.v1.PruneRequest;
import dev.gantry.cri.admin.v1.PruneResponse;
import dev.gantry.cri.admin.v1.SaveRequest;
import dev.gantry.cri.admin.v1.SaveResponse;
import dev.gantry.cri.admin.v1.TagRequest;
import dev.gantry.cri.admin.v1.TagResponse;
import dev.gantry.cri.admin.v1.Transfer;
import dev.gantry.cri.admin.v1.TransfersRequest;
import dev.gantry.cri.admin.v1.TransfersResponse;
import dev.gantry.linux.Fault;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;

/** What {@code gantry image} can do beyond CRI. Faults are thrown. */
public final class ImageAdminGrpc
    extends dev.gantry.cri.admin.v1.ImageAdminGrpc.ImageAdminImplBase {
  private final ImageService service;

  public ImageAdminGrpc(ImageService service) {
    this.service = service;
  }

  @Override
  public void load(LoadRequest request, StreamObserver<LoadResponse> observer) {
    LoadResponse.Builder response = LoadResponse.newBuilder();
    try {
      for (Image image : service.load().run(path(request.getPath()), request.getName())) {
        response.addImages(named(new ImageUsage(image, 0, image.size(), 0)));
      }
    } catch (InterruptedException e) {
      throw cancelled(e);
    }
    answer(observer, response.build());
  }

  @Override
  public void transfers(TransfersRequest request, StreamObserver<TransfersResponse> observer) {
    TransfersResponse.Builder response = TransfersResponse.newBuilder();
    for (Transfers.Transfer each :
        service.pull().transfers().of(ImageReference.parse(request.getImage()))) {
      response.addTransfers(
          Transfer.newBuilder()
              .setDigest(each.blob().toString())
              .setBytes(each.size())
              .setReceived(each.received()));
    }
    answer(observer, response.build());
  }

  @Override
  public void save(SaveRequest request, StreamObserver<SaveResponse> observer) {
    if (request.getImagesCount() == 0) {
      throw new Fault.Invalid("save: images: empty");
    }
    long bytes = service.save().run(request.getImagesList(), path(request.getPath()));
    answer(observer, SaveResponse.newBuilder().setBytes(bytes).build());
  }

  @Override
  public void tag(TagRequest request, StreamObserver<TagResponse> observer) {
    Image image = service.images().tag(request.getImage(), ImageReference.parse(request.getName()));
    answer(observer, TagResponse.newBuilder().setId(image.id().value()).build());
  }

  @Override
  public void prune(PruneRequest request, StreamObserver<PruneResponse> observer) {
    PruneResponse.Builder response = PruneResponse.newBuilder();
    service
        .diskUsage()
        .prune(request.getAll(), request.getDryRun())
        .forEach(u -> response.addImages(named(u)));
    answer(observer, response.build());
  }

  @Override
  public void diskUsage(DiskUsageRequest request, StreamObserver<DiskUsageResponse> observer) {
    Usage layers = service.layerUsage();
    DiskUsageResponse.Builder response =
        DiskUsageResponse.newBuilder()
            .setLayers(service.layerCount())
            .setLayerBytes(layers.bytes())
            .setLayerInodes(layers.inodes())
            .setWrittenBytes(service.rootfs().lastUsage().bytes());
    service.diskUsage().images().forEach(u -> response.addImages(named(u)));
    answer(observer, response.build());
  }

  @Override
  public void check(
      CheckRequest request, StreamObserver<dev.gantry.cri.admin.v1.CheckedLayer> observer) {
    try {
      service
          .check()
          .run(
              request.getImagesList(),
              request.getRepair(),
              layer -> observer.onNext(message(layer)));
    } catch (InterruptedException e) {
      throw cancelled(e);
    }
    observer.onCompleted();
  }

  private static dev.gantry.cri.admin.v1.CheckedLayer message(CheckedLayer layer) {
    return dev.gantry.cri.admin.v1.CheckedLayer.newBuilder()
        .setDiffId(layer.diffId().toString())
        .addAllImages(layer.images())
        .addAllProblems(layer.problems())
        .setUnknown(layer.unknown())
        .setRepaired(layer.repaired())
        .setRepairFailed(layer.repairFailed())
        .build();
  }

  private static NamedImage named(ImageUsage usage) {
    return NamedImage.newBuilder()
        .setId(usage.image().id().value())
        .addAllRepoTags(usage.image().repoTags())
        .setOwnBytes(usage.ownBytes())
        .setBytes(usage.bytes())
        .setPinned(usage.image().pinned())
        .setContainers(usage.containers())
        .build();
  }

  private static Path path(String text) {
    if (!text.startsWith("/")) {
      throw new Fault.Invalid("path %s: not absolute".formatted(text));
    }
    return Path.of(text);
  }

  private static Fault cancelled(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new Fault.Cancelled("image: cancelled", e);
  }

  private static <T> void answer(StreamObserver<T> observer, T response) {
    observer.onNext(response);
    observer.onCompleted();
  }
}
