package dev.gantry.server.trace;

import dev.gantry.stage.Stage;
import dev.gantry.stage.StageWatch;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/** Makes each stage a span below that of {@code parent}. */
record SpanWatch(Tracer tracer, Context parent) implements StageWatch {
  static final String SUBJECT = "gantry.subject";

  @Override
  public Running begin(Stage stage) {
    Span span = tracer.spanBuilder(stage.name()).setParent(parent).startSpan();
    stage.labels().forEach((name, value) -> span.setAttribute("gantry." + name, value));
    if (!stage.subject().isEmpty()) {
      span.setAttribute(SUBJECT, stage.subject());
    }
    return new Running() {
      @Override
      public StageWatch inside() {
        return new SpanWatch(tracer, parent.with(span));
      }

      @Override
      public void end(@Nullable Throwable failure) {
        SpanWatch.end(span, failure);
      }
    };
  }

  /** With the words of a failure, in which there is never a credential. */
  static void end(Span span, @Nullable Throwable failure) {
    if (failure != null) {
      span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
      span.setAttribute("error.type", failure.getClass().getSimpleName());
    }
    span.end();
  }
}
