package dev.gantry.runtime;

import dev.gantry.cri.admin.v1.PauseRequest;
import dev.gantry.cri.admin.v1.PauseResponse;
import dev.gantry.cri.admin.v1.UnpauseRequest;
import dev.gantry.cri.admin.v1.UnpauseResponse;
import io.grpc.stub.StreamObserver;

/** What {@code gantry} can do with containers beyond CRI. Faults are thrown. */
public final class RuntimeAdminGrpc
    extends dev.gantry.cri.admin.v1.RuntimeAdminGrpc.RuntimeAdminImplBase {
  private final Registry<Container> containers;
  private final PauseContainer pause;
  private final UnpauseContainer unpause;

  RuntimeAdminGrpc(Registry<Container> containers, PauseContainer pause, UnpauseContainer unpause) {
    this.containers = containers;
    this.pause = pause;
    this.unpause = unpause;
  }

  @Override
  public void pause(PauseRequest request, StreamObserver<PauseResponse> observer) {
    pause.run(containers.get(request.getContainerId()));
    observer.onNext(PauseResponse.getDefaultInstance());
    observer.onCompleted();
  }

  @Override
  public void unpause(UnpauseRequest request, StreamObserver<UnpauseResponse> observer) {
    unpause.run(containers.get(request.getContainerId()));
    observer.onNext(UnpauseResponse.getDefaultInstance());
    observer.onCompleted();
  }
}
