import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Measurements of one thing. */
record Samples(List<Double> values) {
  Samples {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
  }

  static <T> Samples of(List<T> of, ToDoubleFunction<T> value) {
    return new Samples(of.stream().mapToDouble(value).boxed().toList());
  }

  double median() {
    double[] sorted = sorted();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The value that 99 of 100 do not exceed; the highest one when there are fewer than 100. */
  double p99() {
    double[] sorted = sorted();
    return sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
  }

  private double[] sorted() {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
