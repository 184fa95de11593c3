package dev.gantry.runtime.metrics;

import java.util.List;

/**
 * One value of a metric.
 *
 * @param labels the values of the family's own labels, in their order
 */
record Sample(List<String> labels, long value) {
  Sample {
    labels = List.copyOf(labels);
  }

  static List<Sample> of(long value) {
    return List.of(new Sample(List.of(), value));
  }
}
