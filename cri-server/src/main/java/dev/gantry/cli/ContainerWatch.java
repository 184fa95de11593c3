package dev.gantry.cli;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatusRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.function.BooleanSupplier;

/** Says whether a container may still write to its log; asks at most every 200 ms. */
final class ContainerWatch implements BooleanSupplier {
  private static final long INTERVAL = 200_000_000L;

  private final Connection connection;
  private final ContainerStatusRequest request;
  private long asked = System.nanoTime() - INTERVAL;
  private boolean running = true;

  ContainerWatch(Connection connection, String id) {
    this.connection = connection;
    this.request = ContainerStatusRequest.newBuilder().setContainerId(id).build();
  }

  @Override
  public boolean getAsBoolean() {
    if (running && System.nanoTime() - asked >= INTERVAL) {
      running = ask();
      asked = System.nanoTime();
    }
    return running;
  }

  private boolean ask() {
    try {
      ContainerState state = connection.runtime().containerStatus(request).getStatus().getState();
      return state == ContainerState.CONTAINER_RUNNING;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
