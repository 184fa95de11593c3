package dev.gantry.server.rpc;

import io.grpc.Status;
import java.time.Duration;

/**
 * A call that has ended.
 *
 * @param method without the service, such as {@code StartContainer}
 * @param subject the id or name of what it was about; empty when there is none
 */
public record CallRecord(String method, String subject, Duration duration, Status status) {}
