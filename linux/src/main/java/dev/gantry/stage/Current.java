package dev.gantry.stage;

/** Which watch is around the work of a thread. */
final class Current {
  static final ScopedValue<StageWatch> WATCH = ScopedValue.newInstance();

  private Current() {}
}
