package dev.gantry.server.config;

import dev.gantry.server.rpc.UnixAddress;
import java.time.Duration;

/** The gRPC socket. */
public record ServerSection(
    @Setting(doc = "Address of the CRI socket.", initial = "\"unix:///run/gantry/gantry.sock\"")
        UnixAddress listen,
    @Setting(doc = "Longest request in bytes.", initial = "16777216", min = 1 << 20, max = 1 << 30)
        int maxMessageBytes,
    @Setting(
            doc = "Calls at once; more are refused with RESOURCE_EXHAUSTED.",
            initial = "1000",
            min = 16,
            max = 100_000)
        int maxCalls,
    @Setting(
            doc = "How long running calls may go on after SIGTERM, in seconds.",
            initial = "10",
            min = 0,
            max = 600)
        int drainSeconds) {

  public Duration drain() {
    return Duration.ofSeconds(drainSeconds);
  }
}
