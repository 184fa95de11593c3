package dev.gantry.runtime;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.gantry.linux.Fault;

/**
 * Where a container stands, with what is known in that state. Times are nanoseconds since the
 * epoch, as CRI gives them.
 *
 * <pre>
 *   Created --StartRequested--> Starting --Started--> Running --ProcessExited--> Exited
 *      |                            |                    '------Lost--------> Unknown
 *      |                            '--StartFailed / ProcessExited--> Exited     |
 *      '-------------------RemoveRequested--> Removing <-------------------------'
 * </pre>
 *
 * <p>A process may end before the answer to its start has been handled, so ProcessExited is legal
 * in Starting, and Started after that changes nothing. Starting and Removing are recorded, so that
 * recovery knows which ones a crash cut short.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "phase")
@JsonSubTypes({
  @JsonSubTypes.Type(ContainerState.Created.class),
  @JsonSubTypes.Type(ContainerState.Starting.class),
  @JsonSubTypes.Type(ContainerState.Running.class),
  @JsonSubTypes.Type(ContainerState.Exited.class),
  @JsonSubTypes.Type(ContainerState.Unknown.class),
  @JsonSubTypes.Type(ContainerState.Removing.class)
})
sealed interface ContainerState {
  /** Exit code of a container whose process could not be started, as docker and containerd say. */
  int START_FAILED = 128;

  /** Exit code when it is not known how the process ended, as for SIGKILL. */
  int LOST = 137;

  /** Made, nothing of it runs. */
  @JsonTypeName("created")
  record Created() implements ContainerState {}

  /** The plan is with the shim. */
  @JsonTypeName("starting")
  record Starting() implements ContainerState {}

  /** The init process runs: pid and start time (proc_pid_stat(5), field 22) together name it. */
  @JsonTypeName("running")
  record Running(int pid, long startTicks, long startedAt) implements ContainerState {}

  /** The init process has ended, or never began ({@code startedAt} 0). */
  @JsonTypeName("exited")
  record Exited(long startedAt, long finishedAt, int exitCode, String reason, String message)
      implements ContainerState {}

  /** Nobody is left who could tell. */
  @JsonTypeName("unknown")
  record Unknown() implements ContainerState {}

  /** Being removed; {@code last} is what callers still see. */
  @JsonTypeName("removing")
  record Removing(ContainerState last) implements ContainerState {}

  /** What can happen to a container. */
  sealed interface Event permits StartRequested, RemoveRequested, Fact {}

  /**
   * What has happened already and is true whether it can be recorded or not: the shim knows it too,
   * and recovery asks the shim.
   */
  sealed interface Fact extends Event permits Started, StartFailed, ProcessExited, Lost {}

  /** StartContainer begins. */
  record StartRequested() implements Event {}

  /** The process has executed its program. */
  record Started(int pid, long startTicks, long at) implements Fact {}

  /** No process came of it. */
  record StartFailed(String message, long at) implements Fact {}

  /** The process ended. */
  record ProcessExited(int exitCode, boolean oomKilled, long at) implements Fact {}

  /** The shim is gone, and with it all knowledge of the process. */
  record Lost(String message, long at) implements Fact {}

  /** RemoveContainer begins. */
  record RemoveRequested() implements Event {}

  /**
   * The state after {@code event}.
   *
   * @throws Fault.Precondition when the event cannot happen in this state
   */
  default ContainerState next(Event event) {
    return switch (event) {
      case StartRequested _ ->
          switch (this) {
            case Created _ -> new Starting();
            case Starting _, Running _, Exited _, Unknown _, Removing _ -> throw illegal("start");
          };
      case Started e ->
          switch (this) {
            case Starting _ -> new Running(e.pid(), e.startTicks(), e.at());
            case Running _, Exited _, Unknown _, Removing _ -> this;
            case Created _ -> throw illegal("be running");
          };
      case StartFailed e ->
          switch (this) {
            case Starting _ -> new Exited(0, e.at(), START_FAILED, "StartError", e.message());
            case Created _, Running _, Exited _, Unknown _, Removing _ -> this;
          };
      case ProcessExited e ->
          switch (this) {
            case Starting _ -> exited(e.at(), e);
            case Running r -> exited(r.startedAt(), e);
            case Unknown _ -> exited(0, e);
            case Created _, Exited _, Removing _ -> this;
          };
      case Lost e ->
          switch (this) {
            case Starting _ -> new Exited(0, e.at(), LOST, "Error", e.message());
            case Running r -> new Exited(r.startedAt(), e.at(), LOST, "Error", e.message());
            case Created _, Exited _, Unknown _, Removing _ -> this;
          };
      case RemoveRequested _ ->
          switch (this) {
            case Created _, Exited _, Unknown _ -> new Removing(this);
            case Removing _ -> this;
            case Starting _, Running _ -> throw illegal("remove");
          };
    };
  }

  private static Exited exited(long startedAt, ProcessExited e) {
    String reason = e.oomKilled() ? "OOMKilled" : e.exitCode() == 0 ? "Completed" : "Error";
    return new Exited(startedAt, e.at(), e.exitCode(), reason, "");
  }

  private Fault illegal(String verb) {
    return new Fault.Precondition(
        "%s: container is %s"
            .formatted(verb, getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)));
  }
}
