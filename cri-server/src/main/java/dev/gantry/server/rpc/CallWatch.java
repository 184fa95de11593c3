package dev.gantry.server.rpc;

import io.grpc.Metadata;

/** Watches the work of calls, and by {@code StageWatch} the stages of that work. */
@FunctionalInterface
public interface CallWatch {
  /**
   * A call whose request is there.
   *
   * @param method without the service, such as {@code StartContainer}
   * @param subject as in {@link CallRecord}
   * @param headers what the caller sent beside the request
   */
  record Incoming(String method, String subject, Metadata headers) {}

  /** Watches nothing. */
  static CallWatch none() {
    return (_, work) -> work.run();
  }

  /** Does the work of a call, once; what it throws passes through. */
  void run(Incoming call, Runnable work);
}
