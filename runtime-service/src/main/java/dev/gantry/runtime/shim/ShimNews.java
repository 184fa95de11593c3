package dev.gantry.runtime.shim;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a shim says unasked: first the states of its containers, up to {@code synced}, then
 * events. Events go to the listener in threads of their own, since the poller's must not block.
 */
final class ShimNews {
  private static final Logger LOG = LoggerFactory.getLogger(ShimNews.class);

  private final String podId;
  private final ShimListener listener;
  private final Map<String, ShimState> found;
  private final CountDownLatch synced;

  ShimNews(
      String podId, ShimListener listener, Map<String, ShimState> found, CountDownLatch synced) {
    this.podId = podId;
    this.listener = listener;
    this.found = found;
    this.synced = synced;
  }

  void accept(List<String> message) {
    try {
      read(message);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      LOG.error("shim of sandbox {} said what cannot be understood: {}", podId, message, e);
    }
  }

  private void read(List<String> message) {
    switch (message.getFirst()) {
      case "state" -> found.put(message.get(1), state(message.subList(2, message.size())));
      case "synced" -> synced.countDown();
      case "exited" -> {
        ExitRecord exit = exit(message.subList(2, 5));
        start(() -> listener.exited(podId, message.get(1), exit));
      }
      case "exec-exited" -> {
        int exitCode = ExitRecord.exitCode(Integer.parseInt(message.get(3)));
        start(() -> listener.execExited(podId, message.get(1), message.get(2), exitCode));
      }
      case "log-error" -> {
        int errno = Integer.parseInt(message.get(2));
        start(() -> listener.logFailed(podId, message.get(1), errno));
      }
      default -> LOG.warn("shim of sandbox {} said {}, which is not known", podId, message);
    }
  }

  private static ShimState state(List<String> words) {
    return switch (words.getFirst()) {
      case "starting" -> new ShimState.Starting();
      case "running" ->
          new ShimState.Running(
              new PidRef(Integer.parseInt(words.get(1)), Long.parseLong(words.get(2))));
      case "exited" -> new ShimState.Exited(exit(words.subList(1, 4)));
      default -> throw new NumberFormatException("state " + words);
    };
  }

  private static ExitRecord exit(List<String> words) {
    return ExitRecord.of(
        Integer.parseInt(words.get(0)), words.get(1).equals("1"), Long.parseLong(words.get(2)));
  }

  private static void start(Runnable call) {
    Thread.startVirtualThread(call);
  }
}
