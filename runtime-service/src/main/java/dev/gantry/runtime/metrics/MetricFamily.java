package dev.gantry.runtime.metrics;

import dev.gantry.cri.v1.MetricDescriptor;
import dev.gantry.cri.v1.MetricType;
import java.util.List;
import java.util.function.Function;

/**
 * A metric by its name, with how it is read.
 *
 * @param labels its own, after those that every metric has
 */
record MetricFamily(
    String name,
    String help,
    MetricType type,
    List<String> labels,
    Function<Reading, List<Sample>> read) {
  /** Which container or pod it is of, under the names that cAdvisor gives. */
  static final List<String> COMMON_LABELS =
      List.of("id", "name", "image", "container", "pod", "namespace");

  MetricFamily {
    labels = List.copyOf(labels);
  }

  MetricDescriptor descriptor() {
    return MetricDescriptor.newBuilder()
        .setName(name)
        .setHelp(help)
        .addAllLabelKeys(COMMON_LABELS)
        .addAllLabelKeys(labels)
        .build();
  }
}
