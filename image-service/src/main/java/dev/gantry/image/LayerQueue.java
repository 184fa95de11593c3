package dev.gantry.image;

import dev.gantry.stage.StageWatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that bring layers, of the platform: they spend their time in system calls. First in,
 * first out: a layer waits only for layers that were added before it, so some can always go on.
 */
final class LayerQueue implements AutoCloseable {
  private final ThreadPoolExecutor threads;

  LayerQueue(int parallel) {
    threads =
        new ThreadPoolExecutor(
            parallel,
            parallel,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("layer-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  void add(LayerPull pull) {
    threads.execute(StageWatch.carried(pull));
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
