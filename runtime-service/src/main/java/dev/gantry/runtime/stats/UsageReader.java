package dev.gantry.runtime.stats;

import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.image.Usage;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.cgroup.CgroupUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Statistics of containers and pods. Takes no lock of theirs: one that goes while it is read counts
 * as using nothing.
 */
public final class UsageReader {
  private final CgroupTree tree;
  private final InstantSource clock;
  private final Path proc;
  private final CpuRate rates = new CpuRate();
  private final LayerUsage layers;

  /**
   * @param layers counts the writable layer of a container, by its id
   * @param proc /proc, or a directory that stands for it in tests
   */
  public UsageReader(
      CgroupTree tree, Function<String, Usage> layers, InstantSource clock, Path proc) {
    this.tree = tree;
    this.clock = clock;
    this.proc = proc;
    this.layers = new LayerUsage(layers, clock);
  }

  /**
   * @param cgroup of the container; one that does not exist (created, exited) gives zeros
   * @param upper the directory of the writable layer
   */
  public ContainerStats container(ContainerAttributes attributes, String cgroup, Path upper) {
    long at = now();
    CgroupUsage usage = tree.usage(cgroup);
    ContainerStats.Builder stats =
        ContainerStats.newBuilder()
            .setAttributes(attributes)
            .setCpu(UsageViews.cpu(at, usage, rate(attributes.getId(), at, usage)))
            .setMemory(UsageViews.memory(at, usage))
            .setWritableLayer(UsageViews.disk(at, upper.toString(), layers.of(attributes.getId())))
            .setIo(UsageViews.io(at, usage.ioPressure()));
    if (usage.swap() != null) {
      stats.setSwap(UsageViews.swap(at, usage.swap()));
    }
    return stats.build();
  }

  /**
   * @param cgroup the pod's, with the shim and all containers below it
   * @param pid a process in the pod's network namespace, 0 for none running
   */
  public LinuxPodSandboxStats pod(
      String id, String cgroup, int pid, List<ContainerStats> containers) {
    long at = now();
    CgroupUsage usage = tree.usage(cgroup);
    return LinuxPodSandboxStats.newBuilder()
        .setCpu(UsageViews.cpu(at, usage, rate(id, at, usage)))
        .setMemory(UsageViews.memory(at, usage))
        .setNetwork(UsageViews.network(at, interfaces(pid)))
        .setProcess(UsageViews.processes(at, usage.processes()))
        .addAllContainers(containers)
        .setIo(UsageViews.io(at, usage.ioPressure()))
        .build();
  }

  /** A container or pod is gone. */
  public void forget(String id) {
    rates.forget(id);
    layers.forget(id);
  }

  /** What a container has written to its layer, by its id. */
  public Usage writableLayer(String id) {
    return layers.of(id);
  }

  /**
   * The interfaces of a network namespace, but the loopback one.
   *
   * @param pid a process in it, 0 for none
   */
  public List<InterfaceCounters> interfaces(int pid) {
    if (pid == 0) {
      return List.of();
    }
    Path file = proc.resolve(Integer.toString(pid)).resolve("net/dev");
    try {
      return InterfaceCounters.parse(Files.readString(file));
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException e) {
      // A process that ends while its files are read: ESRCH or EINVAL, by the moment.
      if (!Files.exists(file)) {
        return List.of();
      }
      throw new Fault.Internal("read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private Optional<Long> rate(String id, long at, CgroupUsage usage) {
    return rates.of(id, at, usage.cpuNanos());
  }

  private long now() {
    Instant now = clock.instant();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }
}
