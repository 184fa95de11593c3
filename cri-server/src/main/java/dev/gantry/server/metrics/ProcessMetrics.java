package dev.gantry.server.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The daemon's own process: memory, descriptors, version, the JVM's heap and collections. */
public final class ProcessMetrics implements AutoCloseable {
  private static final long PAGE = 4096;

  private final JvmGcMetrics collections = new JvmGcMetrics();

  public ProcessMetrics(MeterRegistry registry, String version) {
    Gauge.builder("process.resident.memory", ProcessMetrics::residentBytes)
        .description("Memory of gantryd that is in RAM (proc_pid_statm(5)).")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("process.open.fds", ProcessMetrics::openDescriptors)
        .description("Open file descriptors of gantryd.")
        .register(registry);
    registry.gauge("gantry.build.info", Tags.of(Tag.of("version", version)), 1);
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private static double residentBytes() {
    try {
      String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
      return Long.parseLong(pages[1]) * (double) PAGE;
    } catch (IOException e) {
      return Double.NaN; // as Prometheus writes "unknown"
    }
  }

  private static double openDescriptors() {
    String[] names = new File("/proc/self/fd").list();
    return names == null ? Double.NaN : names.length - 1; // less the directory itself
  }

  @Override
  public void close() {
    collections.close();
  }
}
