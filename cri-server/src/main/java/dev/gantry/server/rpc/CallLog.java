package dev.gantry.server.rpc;

import io.grpc.Status;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One line for each call. What the kubelet asks every second and what succeeds is said at debug;
 * requests and responses are never printed, for they carry environments and passwords.
 */
public final class CallLog implements Consumer<CallRecord> {
  private static final Logger LOG = LoggerFactory.getLogger("dev.gantry.calls");

  @Override
  public void accept(CallRecord call) {
    Status status = call.status();
    Level level = level(call);
    if (status.isOk()) {
      LOG.atLevel(level)
          .log("{} {} {} ms OK", call.method(), call.subject(), call.duration().toMillis());
    } else {
      LOG.atLevel(level)
          .log(
              "{} {} {} ms {}: {}",
              call.method(),
              call.subject(),
              call.duration().toMillis(),
              status.getCode(),
              status.getDescription());
    }
  }

  private static Level level(CallRecord call) {
    return switch (call.status().getCode()) {
      case OK -> reads(call.method()) ? Level.DEBUG : Level.INFO;
      case INTERNAL, UNKNOWN, DATA_LOSS -> Level.WARN;
      default -> Level.INFO;
    };
  }

  private static boolean reads(String method) {
    return method.startsWith("List")
        || method.startsWith("Stream")
        || method.endsWith("Status")
        || method.endsWith("Stats")
        || method.equals("Version")
        || method.equals("RuntimeConfig")
        || method.equals("ImageFsInfo");
  }
}
