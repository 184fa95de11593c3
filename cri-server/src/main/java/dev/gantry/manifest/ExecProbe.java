package dev.gantry.manifest;

import java.time.Duration;
import java.util.List;

/**
 * A probe that runs a command in the container.
 *
 * @param failures how many failures in a row count
 * @param successes how many successes in a row count
 */
public record ExecProbe(
    List<String> command,
    Duration initialDelay,
    Duration period,
    Duration timeout,
    int failures,
    int successes) {
  static ExecProbe read(Fields fields) {
    for (String other : List.of("httpGet", "tcpSocket", "grpc")) {
      if (fields.has(other)) {
        throw fields.problem(other, "only probes of the form exec are supported here");
      }
    }
    Fields exec = fields.object("exec");
    ExecProbe probe =
        new ExecProbe(
            List.copyOf(exec.texts("command")),
            seconds(fields, "initialDelaySeconds", 0),
            seconds(fields, "periodSeconds", 10),
            seconds(fields, "timeoutSeconds", 1),
            (int) fields.number("failureThreshold", 3),
            (int) fields.number("successThreshold", 1));
    exec.done();
    fields.done();
    if (probe.command().isEmpty()) {
      throw fields.problem("exec.command", "is missing");
    }
    return probe;
  }

  private static Duration seconds(Fields fields, String name, long otherwise) {
    long seconds = fields.number(name, otherwise);
    if (seconds < 0 || (seconds == 0 && otherwise > 0)) {
      throw fields.problem(name, "%d is too small".formatted(seconds));
    }
    return Duration.ofSeconds(seconds);
  }
}
