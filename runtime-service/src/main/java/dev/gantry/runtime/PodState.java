package dev.gantry.runtime;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.gantry.linux.Fault;
import java.util.List;

/**
 * Where a pod sandbox stands, with what is known in that state.
 *
 * <pre>
 *   Starting --Started--> Ready --Stopped--> NotReady --RemoveRequested--> Removing
 *       |                   '------Lost---------^                             ^
 *       '---------------------------RemoveRequested---------------------------'
 * </pre>
 *
 * <p>Starting and Removing are recorded too, so that after a crash it is known what was begun.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "phase")
@JsonSubTypes({
  @JsonSubTypes.Type(PodState.Starting.class),
  @JsonSubTypes.Type(PodState.Ready.class),
  @JsonSubTypes.Type(PodState.NotReady.class),
  @JsonSubTypes.Type(PodState.Removing.class)
})
sealed interface PodState {
  /** Being made; not yet visible to any caller. */
  @JsonTypeName("starting")
  record Starting() implements PodState {}

  /**
   * All of it runs.
   *
   * @param pausePid the process that holds a shared PID namespace, 0 without one
   * @param addresses the pod's addresses, the primary one first; empty for the host's network
   */
  @JsonTypeName("ready")
  record Ready(int pausePid, List<String> addresses) implements PodState {
    public Ready {
      addresses = List.copyOf(addresses);
    }
  }

  /** Stopped, or lost; what is left of it waits to be removed. */
  @JsonTypeName("notready")
  record NotReady() implements PodState {}

  /** Being removed. */
  @JsonTypeName("removing")
  record Removing() implements PodState {}

  /** What can happen to a sandbox. */
  sealed interface Event {}

  /** Everything has been set up. */
  record Started(int pausePid, List<String> addresses) implements Event {}

  /** StopPodSandbox has done its work. */
  record Stopped() implements Event {}

  /** The shim or the host took it away. */
  record Lost() implements Event {}

  /** RemovePodSandbox begins. */
  record RemoveRequested() implements Event {}

  /** The state after {@code event}; repeating what has happened changes nothing. */
  default PodState next(Event event) {
    return switch (event) {
      case Started e ->
          switch (this) {
            case Starting _ -> new Ready(e.pausePid(), e.addresses());
            case Ready _, NotReady _, Removing _ -> throw illegal(event);
          };
      case Stopped _, Lost _ ->
          switch (this) {
            case Starting _, Ready _, NotReady _ -> new NotReady();
            case Removing r -> r;
          };
      case RemoveRequested _ -> new Removing();
    };
  }

  private Fault illegal(Event event) {
    return new Fault.Precondition(
        "sandbox is %s: cannot become %s"
            .formatted(getClass().getSimpleName(), event.getClass().getSimpleName()));
  }
}
