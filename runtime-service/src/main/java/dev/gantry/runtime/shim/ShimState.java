package dev.gantry.runtime.shim;

/** What a shim knows of a container when a daemon connects. */
public sealed interface ShimState {
  /** Its start is under way. */
  record Starting() implements ShimState {}

  record Running(PidRef process) implements ShimState {}

  record Exited(ExitRecord exit) implements ShimState {}
}
