package dev.gantry.image;

import dev.gantry.cri.v1.FilesystemIdentifier;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.ImageFilter;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListImagesResponse;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.PullImageResponse;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.RemoveImageResponse;
import dev.gantry.cri.v1.StreamImagesRequest;
import dev.gantry.cri.v1.StreamImagesResponse;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Fault;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;

/** The CRI ImageService. Faults are thrown; the server makes gRPC codes of them. */
public final class ImageGrpc extends ImageServiceGrpc.ImageServiceImplBase {
  /** Images in one part of a stream: far below any limit of a message. */
  private static final int PART = 200;

  private final ImageService service;
  private final Predicate<String> knownHandler;
  private final InstantSource clock = InstantSource.system();

  /**
   * @param knownHandler whether there is a runtime handler of that name
   */
  public ImageGrpc(ImageService service, Predicate<String> knownHandler) {
    this.service = service;
    this.knownHandler = knownHandler;
  }

  @Override
  public void listImages(ListImagesRequest request, StreamObserver<ListImagesResponse> observer) {
    ListImagesResponse.Builder response = ListImagesResponse.newBuilder();
    filtered(request.getFilter()).forEach(i -> response.addImages(ImageMessages.image(i)));
    answer(observer, response.build());
  }

  @Override
  public void streamImages(
      StreamImagesRequest request, StreamObserver<StreamImagesResponse> observer) {
    List<Image> all = filtered(request.getFilter());
    for (int i = 0; i < all.size(); i += PART) {
      StreamImagesResponse.Builder part = StreamImagesResponse.newBuilder();
      all.subList(i, Math.min(i + PART, all.size()))
          .forEach(image -> part.addImages(ImageMessages.image(image)));
      observer.onNext(part.build());
    }
    observer.onCompleted();
  }

  /** A name without tag means all of that repository, as crictl's users expect. */
  private List<Image> filtered(ImageFilter filter) {
    String wanted = filter.getImage().getImage();
    if (wanted.isEmpty()) {
      return service.images().list();
    }
    List<Image> named = service.images().find(wanted).stream().toList();
    if (!named.isEmpty()) {
      return named;
    }
    String repository = ImageReference.parse(wanted).name();
    boolean untagged = !wanted.substring(wanted.lastIndexOf('/') + 1).matches(".*[:@].*");
    return service.images().list().stream()
        .filter(i -> untagged && ImageMessages.isOf(i, repository))
        .toList();
  }

  @Override
  public void imageStatus(
      ImageStatusRequest request, StreamObserver<ImageStatusResponse> observer) {
    ImageStatusResponse.Builder response = ImageStatusResponse.newBuilder();
    service
        .images()
        .find(named(request.getImage()))
        .ifPresent(
            image -> {
              response.setImage(ImageMessages.image(image));
              if (request.getVerbose()) {
                response.putInfo("info", ImageMessages.info(image));
              }
            });
    answer(observer, response.build());
  }

  @Override
  public void pullImage(PullImageRequest request, StreamObserver<PullImageResponse> observer) {
    ImageSpec spec = request.getImage();
    if (!spec.getRuntimeHandler().isEmpty() && !knownHandler.test(spec.getRuntimeHandler())) {
      throw new Fault.Invalid(
          "pull image: runtime_handler %s: no such handler".formatted(spec.getRuntimeHandler()));
    }
    ImageReference reference = ImageReference.parse(named(spec));
    RegistryAuth given = ImageMessages.auth(request.getAuth());
    RegistryAuth auth =
        given.isNone()
            ? service.credentials().of(reference.registry(), reference.repository())
            : given;
    Image image = service.pull().run(reference, auth);
    answer(observer, PullImageResponse.newBuilder().setImageRef(image.id().value()).build());
  }

  @Override
  public void removeImage(
      RemoveImageRequest request, StreamObserver<RemoveImageResponse> observer) {
    service.images().remove(named(request.getImage()));
    answer(observer, RemoveImageResponse.getDefaultInstance());
  }

  private static String named(ImageSpec spec) {
    if (spec.getImage().isEmpty()) {
      throw new Fault.Invalid("image: empty");
    }
    return spec.getImage();
  }

  @Override
  public void imageFsInfo(
      ImageFsInfoRequest request, StreamObserver<ImageFsInfoResponse> observer) {
    Usage layers = service.layerUsage();
    Usage written = service.writtenUsage();
    answer(
        observer,
        ImageFsInfoResponse.newBuilder()
            .addImageFilesystems(usage(layers))
            .addContainerFilesystems(usage(written))
            .build());
  }

  private FilesystemUsage usage(Usage usage) {
    Instant now = clock.instant();
    return FilesystemUsage.newBuilder()
        .setTimestamp(now.getEpochSecond() * 1_000_000_000L + now.getNano())
        .setFsId(
            FilesystemIdentifier.newBuilder().setMountpoint(service.settings().root().toString()))
        .setUsedBytes(UInt64Value.newBuilder().setValue(usage.bytes()))
        .setInodesUsed(UInt64Value.newBuilder().setValue(usage.inodes()))
        .build();
  }

  private static <T> void answer(StreamObserver<T> observer, T response) {
    observer.onNext(response);
    observer.onCompleted();
  }
}
