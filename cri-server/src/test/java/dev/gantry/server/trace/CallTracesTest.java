package dev.gantry.server.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.server.rpc.CallWatch;
import dev.gantry.server.trace.Collector.Received;
import dev.gantry.stage.Stage;
import dev.gantry.stage.StageWatch;
import io.grpc.Metadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Spans as a collector gets them over HTTP. */
final class CallTracesTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";
  private Collector collector;

  @BeforeEach
  void listen() throws IOException {
    collector = new Collector();
  }

  @AfterEach
  void stop() {
    collector.close();
  }

  private static CallWatch.Incoming call(@Nullable String traceparent) {
    Metadata headers = new Metadata();
    if (traceparent != null) {
      headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), traceparent);
    }
    return new CallWatch.Incoming("StartContainer", "abc", headers);
  }

  @Test
  void aCallContinuesItsCallersTraceAndItsStagesLieBelow() {
    try (CallTraces traces = new CallTraces(collector.url(), 0, "1")) {
      traces.run(
          call("00-%s-%s-01".formatted(TRACE, CALLER)),
          null,
          () -> Stage.of("outer").run(() -> Stage.of("inner").run(() -> {})));
    }

    assertThat(collector.spans())
        .extracting(Received::name)
        .containsExactlyInAnyOrder("StartContainer", "outer", "inner");
    assertThat(collector.spans()).allMatch(span -> span.trace().equals(TRACE));
    assertThat(span("StartContainer").parent()).isEqualTo(CALLER);
    assertThat(span("outer").parent()).isEqualTo(span("StartContainer").id());
    assertThat(span("inner").parent()).isEqualTo(span("outer").id());
  }

  private Received span(String name) {
    return collector.spans().stream()
        .filter(span -> span.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aFailureIsToldInItsWords() {
    try (CallTraces traces = new CallTraces(collector.url(), 1_000_000, "1")) {
      assertThatThrownBy(
              () ->
                  traces.run(
                      call(null),
                      null,
                      () -> {
                        throw new Fault.Unavailable("shim is gone");
                      }))
          .isInstanceOf(Fault.Unavailable.class);
    }
    assertThat(collector.spans()).extracting(Received::error).containsExactly("shim is gone");
  }

  @Test
  void aCallThatIsNotSampledIsDoneAndWatchedByOthersOnly() {
    List<String> told = new ArrayList<>();
    StageWatch others =
        new StageWatch() {
          @Override
          public Running begin(Stage stage) {
            told.add(stage.name());
            StageWatch same = this;
            return new Running() {
              @Override
              public StageWatch inside() {
                return same;
              }

              @Override
              public void end(@Nullable Throwable failure) {}
            };
          }
        };
    try (CallTraces traces = new CallTraces(collector.url(), 1_000_000, "1")) {
      traces.run(
          call("00-%s-%s-00".formatted(TRACE, CALLER)),
          others,
          () -> Stage.of("stage").run(() -> {}));
    }
    try (CallTraces traces = new CallTraces(collector.url(), 0, "1")) {
      traces.run(call(null), others, () -> Stage.of("stage").run(() -> {}));
    }
    assertThat(told).containsExactly("stage", "stage");
    assertThat(collector.spans()).isEmpty();
  }

  @Test
  void aCollectorThatIsGoneHoldsNobodyUp() {
    collector.close();
    try (CallTraces traces = new CallTraces(collector.url(), 1_000_000, "1")) {
      traces.run(call(null), null, () -> {});
    }
    assertThat(collector.spans()).isEmpty();
  }
}
