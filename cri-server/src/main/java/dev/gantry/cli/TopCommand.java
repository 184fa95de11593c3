package dev.gantry.cli;

import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.NetworkInterfaceUsage;
import dev.gantry.cri.v1.PodSandboxStats;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code gantry top}: the busiest pods first. */
@Command(
    name = "top",
    description = "Show the pods that use most: processor, memory, processes, network.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class TopCommand implements Runnable {
  /** What comes first; spelt as on the command line. */
  enum Order {
    cpu,
    memory
  }

  private record Row(PodSandboxStats stats, double cores) {
    LinuxPodSandboxStats linux() {
      return stats.getLinux();
    }

    long memory() {
      return linux().getMemory().getWorkingSetBytes().getValue();
    }
  }

  @ParentCommand private Gantry gantry;
  @Mixin private Live live;

  @Option(
      names = {"-s", "--sort"},
      defaultValue = "cpu",
      paramLabel = "ORDER",
      description = "cpu or memory.")
  private Order order = Order.cpu;

  @Option(
      names = {"-n", "--number"},
      defaultValue = "20",
      paramLabel = "N",
      description = "How many pods are shown; 20.")
  private int number = 20;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      CpuRates rates = new CpuRates();
      live.show(() -> table(connection, rates));
    }
  }

  private Table table(Connection connection, CpuRates rates) {
    Comparator<Row> ascending =
        switch (order) {
          case cpu -> Comparator.comparingDouble(Row::cores);
          case memory -> Comparator.comparingLong(Row::memory);
        };
    List<Row> rows =
        connection
            .runtime()
            .listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance())
            .getStatsList()
            .stream()
            .map(s -> new Row(s, rates.of(s.getAttributes().getId(), s.getLinux().getCpu())))
            .sorted(ascending.reversed())
            .limit(Math.max(1, number))
            .toList();
    Table table =
        new Table("POD ID", "NAMESPACE", "NAME", "CPU", "MEMORY", "PROCESSES", "RECEIVED", "SENT");
    for (Row row : rows) {
      var metadata = row.stats().getAttributes().getMetadata();
      NetworkInterfaceUsage network = row.linux().getNetwork().getDefaultInterface();
      table.add(
          Words.id(row.stats().getAttributes().getId()),
          metadata.getNamespace(),
          metadata.getName(),
          StatsCommand.percent(row.cores()),
          Words.size(row.memory()),
          String.valueOf(row.linux().getProcess().getProcessCount().getValue()),
          Words.size(network.getRxBytes().getValue()),
          Words.size(network.getTxBytes().getValue()));
    }
    return table;
  }
}
