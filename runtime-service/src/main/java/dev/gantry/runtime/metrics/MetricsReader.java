package dev.gantry.runtime.metrics;

import dev.gantry.cri.v1.Metric;
import dev.gantry.cri.v1.MetricDescriptor;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.stats.UsageReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Reads the metrics of containers and pods. Takes no lock of theirs. */
public final class MetricsReader {
  private final CgroupTree tree;
  private final UsageReader usage;
  private final Path imageRoot;
  private final InstantSource clock;
  private final Path proc;
  private final List<MetricDescriptor> descriptors;

  /**
   * Whose metrics, as cAdvisor labels them.
   *
   * @param id the cgroup
   * @param name the id of the container or sandbox
   * @param container its name; empty for a pod
   */
  public record Subject(
      String id, String name, String image, String container, String pod, String namespace) {
    private List<String> labels() {
      return List.of(id, name, image, container, pod, namespace);
    }
  }

  /**
   * @param imageRoot on the file system of writable layers
   * @param proc /proc, or a directory that stands for it in tests
   */
  public MetricsReader(
      CgroupTree tree, UsageReader usage, Path imageRoot, InstantSource clock, Path proc) {
    this.tree = tree;
    this.usage = usage;
    this.imageRoot = imageRoot;
    this.clock = clock;
    this.proc = proc;
    Map<String, MetricDescriptor> byName = new LinkedHashMap<>();
    Families.CONTAINER.forEach(f -> byName.put(f.name(), f.descriptor()));
    Families.POD.forEach(f -> byName.put(f.name(), f.descriptor()));
    this.descriptors = List.copyOf(byName.values());
  }

  /** Every metric there is; the same as long as the daemon lives. */
  public List<MetricDescriptor> descriptors() {
    return descriptors;
  }

  /**
   * @param startedAt nanoseconds since the epoch
   */
  public List<Metric> container(Subject subject, long startedAt) {
    return metrics(
        Families.CONTAINER,
        subject,
        new Reading(
            clock.instant().getEpochSecond(),
            TimeUnit.NANOSECONDS.toSeconds(startedAt),
            tree.usage(subject.id()),
            tree.counters(subject.id()),
            ProcessCounters.read(proc, tree.processes(subject.id())),
            disk(subject.name()),
            List.of()));
  }

  /**
   * @param pid a process in the pod's network namespace, 0 for none of its own
   */
  public List<Metric> pod(Subject subject, long createdAt, int pid) {
    return metrics(
        Families.POD,
        subject,
        new Reading(
            clock.instant().getEpochSecond(),
            TimeUnit.NANOSECONDS.toSeconds(createdAt),
            tree.usage(subject.id()),
            tree.counters(subject.id()),
            new ProcessCounters(0, 0, 0, List.of()),
            null,
            usage.interfaces(pid)));
  }

  private Reading.Disk disk(String containerId) {
    try (Dir dir = Dir.open(imageRoot)) {
      return new Reading.Disk(
          Files.getFileStore(imageRoot).name(), usage.writableLayer(containerId), dir.statfs());
    } catch (IOException e) {
      throw new Fault.Internal("find device of %s: %s".formatted(imageRoot, e.getMessage()), e);
    }
  }

  private static List<Metric> metrics(
      List<MetricFamily> families, Subject subject, Reading reading) {
    List<Metric> metrics = new ArrayList<>();
    for (MetricFamily family : families) {
      for (Sample sample : family.read().apply(reading)) {
        // No timestamp: read just now.
        metrics.add(
            Metric.newBuilder()
                .setName(family.name())
                .setMetricType(family.type())
                .addAllLabelValues(subject.labels())
                .addAllLabelValues(sample.labels())
                .setValue(UInt64Value.newBuilder().setValue(sample.value()))
                .build());
      }
    }
    return metrics;
  }
}
