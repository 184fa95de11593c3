package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final InFlight<String, String> calls = new InFlight<>();
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void aSecondCallJoinsTheFirst() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Future<String> first = threads.submit(() -> calls.run("k", () -> work(begun, goOn)));
    begun.await();
    Future<String> second = threads.submit(() -> calls.run("k", () -> work(begun, goOn)));
    assertThat(calls.run("other", () -> "free")).isEqualTo("free");
    goOn.countDown();

    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo("run 1");
    assertThat(second.get(5, TimeUnit.SECONDS)).isIn("run 1", "run 2");
  }

  @Test
  void afterACancelledFirstCallTheNextTakesOver() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Future<String> first = threads.submit(() -> calls.run("k", () -> work(begun, never)));
    begun.await();
    Future<String> second = threads.submit(() -> calls.run("k", () -> "second"));
    first.cancel(true);

    assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo("second");
  }

  @Test
  void aFailureIsEveryones() {
    Callable<String> failing =
        () ->
            calls.run(
                "k",
                () -> {
                  throw new Fault.Exhausted("full");
                });
    assertThatThrownBy(failing::call).isInstanceOf(Fault.Exhausted.class);
    assertThat(calls.run("k", () -> "again")).isEqualTo("again");
  }

  private String work(CountDownLatch begun, CountDownLatch goOn) {
    int run = runs.incrementAndGet();
    begun.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new Fault.Cancelled("work", e);
    }
    return "run " + run;
  }
}
