package dev.gantry.server.metrics;

import dev.gantry.image.ImageService;
import dev.gantry.runtime.Census;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** What there is on the node: pods, containers, shims, images, readers of events. */
public final class NodeMetrics {
  private NodeMetrics() {}

  /** From now on they are read at each scrape. */
  public static void register(MeterRegistry registry, Census census, ImageService images) {
    population(registry, census);
    shims(registry, census);
    events(registry, census);
    images(registry, images);
  }

  private static void population(MeterRegistry registry, Census census) {
    for (Census.PodPhase phase : Census.PodPhase.values()) {
      Gauge.builder("gantry.pods", census, c -> c.pods(phase))
          .description("Pod sandboxes, by state.")
          .tag("state", phase.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    for (Census.ContainerPhase phase : Census.ContainerPhase.values()) {
      Gauge.builder("gantry.containers", census, c -> c.containers(phase))
          .description("Containers, by state.")
          .tag("state", phase.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    Gauge.builder("gantry.execs", census, Census::execs)
        .description("Commands of exec that run.")
        .register(registry);
    FunctionCounter.builder("gantry.log.failures", census, Census::logFailures)
        .description("Failures to write the log of a container, for a full disk say.")
        .register(registry);
  }

  private static void shims(MeterRegistry registry, Census census) {
    Gauge.builder("gantry.shims", census, Census::shims)
        .description("Shims that are connected, one for each pod.")
        .register(registry);
    Gauge.builder("gantry.shims.memory", census, Census::shimBytes)
        .description("Memory of all shims, what they share counted once (Pss).")
        .baseUnit("bytes")
        .register(registry);
  }

  private static void events(MeterRegistry registry, Census census) {
    Gauge.builder("gantry.event.readers", census, Census::eventReaders)
        .description("Callers of GetContainerEvents.")
        .register(registry);
    Gauge.builder("gantry.event.backlog", census, Census::eventBacklog)
        .description("Events that the slowest reader has not read yet.")
        .register(registry);
    FunctionCounter.builder("gantry.event.readers.lost", census, Census::lostEventReaders)
        .description("Readers of events that were too slow and lost their stream.")
        .register(registry);
  }

  private static void images(MeterRegistry registry, ImageService images) {
    FunctionCounter.builder("gantry.pull.received", images, ImageService::receivedBytes)
        .description("Bytes of layers that registries have sent.")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("gantry.images", images, i -> i.images().list().size())
        .description("Images on the node.")
        .register(registry);
    Gauge.builder("gantry.image.store", images, i -> i.layerUsage().bytes())
        .description("Room that layers take.")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("gantry.image.store.inodes", images, i -> i.layerUsage().inodes())
        .description("Inodes that layers take.")
        .register(registry);
    Gauge.builder("gantry.writable.layers", images, i -> i.writtenUsage().bytes())
        .description("Room that writable layers of containers take, as last measured.")
        .baseUnit("bytes")
        .register(registry);
  }
}
