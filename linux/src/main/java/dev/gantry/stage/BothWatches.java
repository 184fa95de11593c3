package dev.gantry.stage;

import org.jspecify.annotations.Nullable;

/** Two that watch the same work. */
record BothWatches(StageWatch first, StageWatch second) implements StageWatch {
  @Override
  public Running begin(Stage stage) {
    Running one = first.begin(stage);
    Running other = second.begin(stage);
    return new Running() {
      @Override
      public StageWatch inside() {
        return new BothWatches(one.inside(), other.inside());
      }

      @Override
      public void end(@Nullable Throwable failure) {
        one.end(failure);
        other.end(failure);
      }
    };
  }
}
