package dev.gantry.cli;

import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry stats}: what containers use. */
@Command(
    name = "stats",
    description = "Show what containers use: processor, memory, disk.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class StatsCommand implements Runnable {
  @ParentCommand private Gantry gantry;
  @Mixin private Live live;

  @Parameters(
      arity = "0..*",
      paramLabel = "CONTAINER",
      description = "Names or beginnings of ids; all when none is given.")
  private List<String> names = List.of();

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      CpuRates rates = new CpuRates();
      live.show(() -> table(connection, rates));
    }
  }

  private Table table(Connection connection, CpuRates rates) {
    List<ContainerStats> all =
        new ArrayList<>(
            connection
                .runtime()
                .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                .getStatsList());
    all.removeIf(stats -> !wanted(stats));
    all.sort(Comparator.comparing(s -> s.getAttributes().getMetadata().getName()));
    Table table = new Table("CONTAINER ID", "NAME", "CPU", "MEMORY", "OF WHICH RSS", "DISK");
    for (ContainerStats stats : all) {
      String id = stats.getAttributes().getId();
      table.add(
          Words.id(id),
          stats.getAttributes().getMetadata().getName(),
          percent(rates.of(id, stats.getCpu())),
          Words.size(stats.getMemory().getWorkingSetBytes().getValue()),
          Words.size(stats.getMemory().getRssBytes().getValue()),
          Words.size(stats.getWritableLayer().getUsedBytes().getValue()));
    }
    return table;
  }

  private boolean wanted(ContainerStats stats) {
    String name = stats.getAttributes().getMetadata().getName();
    String id = stats.getAttributes().getId();
    return names.isEmpty() || names.stream().anyMatch(n -> n.equals(name) || id.startsWith(n));
  }

  static String percent(double cores) {
    return String.format(Locale.ROOT, "%.1f%%", cores * 100);
  }
}
