package dev.gantry.runtime;

import dev.gantry.cri.admin.v1.CheckNetworkRequest;
import dev.gantry.cri.admin.v1.CheckNetworkResponse;
import dev.gantry.cri.admin.v1.PauseRequest;
import dev.gantry.cri.admin.v1.PauseResponse;
import dev.gantry.cri.admin.v1.UnpauseRequest;
import dev.gantry.cri.admin.v1.UnpauseResponse;
import dev.gantry.linux.Fault;
import io.grpc.stub.StreamObserver;

/** What {@code gantry} can do with pods and containers beyond CRI. Faults are thrown. */
public final class RuntimeAdminGrpc
    extends dev.gantry.cri.admin.v1.RuntimeAdminGrpc.RuntimeAdminImplBase {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final PauseContainer pause;
  private final UnpauseContainer unpause;
  private final CheckNetwork check;

  RuntimeAdminGrpc(
      Registry<Pod> pods,
      Registry<Container> containers,
      PauseContainer pause,
      UnpauseContainer unpause,
      CheckNetwork check) {
    this.pods = pods;
    this.check = check;
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
  public void checkNetwork(
      CheckNetworkRequest request, StreamObserver<CheckNetworkResponse> observer) {
    Pod pod = pods.get(request.getPodId());
    CheckNetworkResponse.Builder answer = CheckNetworkResponse.newBuilder();
    if (pod.identity().hostNetwork()) {
      answer.setHostNetwork(true);
    } else {
      try {
        check.run(pod);
      } catch (Fault.Internal | Fault.Syscall | Fault.Unavailable e) {
        // What a plugin finds is the answer, not a failure to ask it.
        answer.setProblem(String.valueOf(e.getMessage()));
      }
    }
    observer.onNext(answer.build());
    observer.onCompleted();
  }

  @Override
  public void unpause(UnpauseRequest request, StreamObserver<UnpauseResponse> observer) {
    unpause.run(containers.get(request.getContainerId()));
    observer.onNext(UnpauseResponse.getDefaultInstance());
    observer.onCompleted();
  }
}
