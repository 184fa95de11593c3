package dev.gantry.server.rpc;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** The one place where a failure becomes a gRPC status. */
final class FaultStatus {
  /**
   * Status text travels in an HTTP/2 header, which most clients limit to 8 KiB, percent-encoded.
   */
  private static final int LONGEST_TEXT = 2_000;

  /**
   * The kubelet looks for these at the beginning of the error's text, which it gets to see only
   * with code UNKNOWN: with others the code stands before it (remote_image.go, image_manager.go).
   */
  private static final List<String> KUBELET_WORDS =
      List.of("RegistryUnavailable: ", "SignatureValidationFailed: ");

  private FaultStatus() {}

  /** What the caller is told about {@code failure}. */
  static Status of(Throwable failure) {
    return switch (failure) {
      case Fault fault -> code(fault).toStatus().withDescription(text(fault)).withCause(fault);
      case StatusRuntimeException status -> status.getStatus();
      case StatusException status -> status.getStatus();
      default ->
          Status.INTERNAL
              .withDescription(
                  "internal error, see the log of gantryd: " + failure.getClass().getSimpleName())
              .withCause(failure);
    };
  }

  /** Whether {@code failure} is a defect, whose stack trace belongs in the log. */
  static boolean isDefect(Throwable failure) {
    return !(failure instanceof Fault)
        && !(failure instanceof StatusRuntimeException)
        && !(failure instanceof StatusException);
  }

  private static Status.Code code(Fault fault) {
    String message = String.valueOf(fault.getMessage());
    if (KUBELET_WORDS.stream().anyMatch(message::startsWith)) {
      return Status.Code.UNKNOWN;
    }
    return switch (fault) {
      case Fault.NotFound _ -> Status.Code.NOT_FOUND;
      case Fault.AlreadyExists _ -> Status.Code.ALREADY_EXISTS;
      case Fault.Invalid _ -> Status.Code.INVALID_ARGUMENT;
      case Fault.Precondition _ -> Status.Code.FAILED_PRECONDITION;
      case Fault.Unsupported _ -> Status.Code.UNIMPLEMENTED;
      case Fault.Unavailable _ -> Status.Code.UNAVAILABLE;
      case Fault.Exhausted _ -> Status.Code.RESOURCE_EXHAUSTED;
      case Fault.Timeout _ -> Status.Code.DEADLINE_EXCEEDED;
      case Fault.Cancelled _ -> Status.Code.CANCELLED;
      case Fault.Syscall syscall ->
          switch (syscall.errno()) {
            case ENOSPC, EDQUOT -> Status.Code.RESOURCE_EXHAUSTED;
            default -> Status.Code.INTERNAL;
          };
      case Fault.Internal internal ->
          isDiskFull(internal) ? Status.Code.RESOURCE_EXHAUSTED : Status.Code.INTERNAL;
    };
  }

  /** Java tells it by the words of strerror(3) alone. */
  private static boolean isDiskFull(Throwable failure) {
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (cause instanceof IOException
          && (message.endsWith(Errno.ENOSPC.text()) || message.endsWith(Errno.EDQUOT.text()))) {
        return true;
      }
    }
    return false;
  }

  private static String text(Fault fault) {
    String message = String.valueOf(fault.getMessage());
    return message.length() <= LONGEST_TEXT
        ? message
        : message.substring(0, LONGEST_TEXT - 3) + "...";
  }
}
