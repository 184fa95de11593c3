package dev.gantry.server.metrics;

import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import dev.gantry.stage.StageWatch;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Histograms of what calls are made of: {@code gantry_pull_seconds}, {@code gantry_cni_seconds} by
 * operation and plugin, and {@code gantry_stage_seconds} for all other stages; each with its
 * result, {@code ok} or the cause of the failure.
 */
public final class StageMetrics implements StageWatch {
  private record Key(String name, Map<String, String> labels, String result) {}

  private final MeterRegistry registry;
  private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

  public StageMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Running begin(Stage stage) {
    long begun = System.nanoTime();
    return new Running() {
      @Override
      public StageWatch inside() {
        return StageMetrics.this;
      }

      @Override
      public void end(@Nullable Throwable failure) {
        timers
            .computeIfAbsent(
                new Key(stage.name(), stage.labels(), result(failure)), StageMetrics.this::timer)
            .record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
      }
    };
  }

  private Timer timer(Key key) {
    Timer.Builder builder =
        switch (key.name) {
          case "pull" ->
              Timer.builder("gantry.pull")
                  .description("Pulls of images, by result.")
                  .serviceLevelObjectives(Buckets.PULLS);
          case "cni" ->
              Timer.builder("gantry.cni")
                  .description("Operations of CNI plugins, built in or executed.")
                  .tags(labels(key.labels))
                  .serviceLevelObjectives(Buckets.STAGES);
          default ->
              Timer.builder("gantry.stage")
                  .description("Parts of the work of calls.")
                  .tag("stage", key.name)
                  .serviceLevelObjectives(Buckets.STAGES);
        };
    return builder.tag("result", key.result).register(registry);
  }

  private static Tags labels(Map<String, String> labels) {
    Tags tags = Tags.empty();
    for (Map.Entry<String, String> label : labels.entrySet()) {
      tags = tags.and(label.getKey(), label.getValue());
    }
    return tags;
  }

  private static String result(@Nullable Throwable failure) {
    return switch (failure) {
      case null -> "ok";
      case Fault.Syscall syscall -> syscall.errno().name().toLowerCase(Locale.ROOT);
      case Fault.NotFound _ -> "not_found";
      case Fault.AlreadyExists _ -> "already_exists";
      case Fault.Invalid _ -> "invalid";
      case Fault.Precondition _ -> "refused";
      case Fault.Unsupported _ -> "unsupported";
      case Fault.Unavailable _ -> "unavailable";
      case Fault.Exhausted _ -> "exhausted";
      case Fault.Timeout _ -> "timeout";
      case Fault.Cancelled _ -> "cancelled";
      case Fault.Internal _ -> "internal";
      case InterruptedException _ -> "cancelled";
      default -> "failed";
    };
  }
}
