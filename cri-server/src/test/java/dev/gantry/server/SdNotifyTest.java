package dev.gantry.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SdNotifyTest {
  @TempDir private Path directory;

  @Test
  void tellsTheServiceManager() throws InterruptedException {
    Path socket = directory.resolve("notify");
    try (PretendManager manager = new PretendManager(socket.toString())) {
      SdNotify notify = new SdNotify(Map.of("NOTIFY_SOCKET", socket.toString()));
      notify.ready("serving x");
      assertThat(manager.next()).isEqualTo("READY=1\nSTATUS=serving x");
      notify.reloading();
      assertThat(manager.next()).matches("RELOADING=1\nMONOTONIC_USEC=\\d+\nSTATUS=.*");
      notify.alive();
      assertThat(manager.next()).isEqualTo("WATCHDOG=1");
      notify.stopping();
      assertThat(manager.next()).startsWith("STOPPING=1\n");
    }
  }

  @Test
  void findsAManagerInTheAbstractNamespace() throws InterruptedException {
    String name = "gantry-test-" + ProcessHandle.current().pid();
    try (PretendManager manager = new PretendManager("\0" + name)) {
      new SdNotify(Map.of("NOTIFY_SOCKET", "@" + name)).status("x");
      assertThat(manager.next()).isEqualTo("STATUS=x");
    }
  }

  @Test
  void isSilentWithoutAServiceManager() {
    new SdNotify(Map.of()).ready("x");
  }

  @Test
  void anAbsentManagerDoesNotStopTheDaemon() {
    new SdNotify(Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString())).ready("x");
    new SdNotify(Map.of("NOTIFY_SOCKET", "relative")).ready("x");
  }

  @Test
  void theWatchdogIsForTheProcessThatItNames() {
    String self = String.valueOf(ProcessHandle.current().pid());
    assertThat(watchdog("30000000", self)).isEqualTo(Duration.ofSeconds(30));
    assertThat(watchdog("30000000", "1")).isEqualTo(Duration.ZERO);
    assertThat(watchdog("0", self)).isEqualTo(Duration.ZERO);
    assertThat(watchdog("soon", self)).isEqualTo(Duration.ZERO);
    assertThat(new SdNotify(Map.of("NOTIFY_SOCKET", "/x")).watchdog()).isEmpty();
    assertThat(new SdNotify(Map.of("WATCHDOG_USEC", "1000")).watchdog()).isEmpty();
  }

  private static Duration watchdog(String micros, String pid) {
    Map<String, String> environment =
        Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", micros, "WATCHDOG_PID", pid);
    return new SdNotify(environment).watchdog().orElse(Duration.ZERO);
  }
}
