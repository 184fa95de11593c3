package dev.gantry.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

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
    double most = mostDescriptors();
    Gauge.builder("process.max.fds", () -> most)
        .description("File descriptors that gantryd may have open.")
        .register(registry);
    FunctionCounter.builder("process.cpu", this, _ -> cpuSeconds())
        .description("Processor time of gantryd, of all its threads.")
        .baseUnit("seconds")
        .register(registry);
    double started = ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3;
    Gauge.builder("process.start.time", () -> started)
        .description("When gantryd was started, since the epoch.")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder("gantry.build.info", () -> 1)
        .description("Always 1; its label tells the version.")
        .tag("version", version)
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
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

  /** In ticks of 10 ms (proc_pid_stat(5), fields 14 and 15), counted behind the name's bracket. */
  private static double cpuSeconds() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  private static double openDescriptors() {
    String[] names = new File("/proc/self/fd").list();
    return names == null ? Double.NaN : names.length - 1; // less the directory itself
  }

  /** The soft limit (proc_pid_limits(5)). */
  private static double mostDescriptors() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
      return lines
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.trim().split(" +", -1)[3])
          .mapToDouble(soft -> soft.equals("unlimited") ? Double.NaN : Double.parseDouble(soft))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  @Override
  public void close() {
    collections.close();
  }
}
