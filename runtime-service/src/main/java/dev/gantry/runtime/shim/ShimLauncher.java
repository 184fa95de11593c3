package dev.gantry.runtime.shim;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.MemoryFile;
import dev.gantry.linux.Poller;
import dev.gantry.linux.SeqpacketSocket;
import dev.gantry.linux.Spawn;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts shims and connects to those that run. The program lies in a sealed memory file, so that no
 * container can ever write to it (CVE-2019-5736).
 */
public final class ShimLauncher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShimLauncher.class);
  private static final String PROTOCOL = "1";
  private static final String SOCKET = "shim.sock";
  private static final long SYNC_LIMIT_SECONDS = 20;

  private static final int O_RDWR = 2;
  private static final int O_APPEND_CREAT_WRONLY = 0x441;
  private static final int O_PATH_DIRECTORY = 0x210000;

  private final Fd program;
  private final Fd nothing;
  private final Poller poller;
  private final ShimListener listener;

  public ShimLauncher(Poller poller, ShimListener listener) {
    this.program = MemoryFile.sealed("gantry-shim", readProgram());
    this.nothing = Fd.open("/dev/null", O_RDWR, 0);
    this.poller = poller;
    this.listener = listener;
  }

  /** Starts the shim of a new pod. Its socket, log and exit records lie in {@code podState}. */
  public Shim launch(String podId, Path podState) {
    try (Launch launch = begin(podId, podState)) {
      return launch.shim();
    }
  }

  /** As {@link #launch}, for a caller that has something to do meanwhile. */
  public Launch begin(String podId, Path podState) {
    Fd directory = directory(podState);
    try (Fd log = Fd.open(podState.resolve("shim.log").toString(), O_APPEND_CREAT_WRONLY, 0600);
        Fd socket = SeqpacketSocket.listen(socketPath(directory))) {
      return new Launch(
          podId,
          directory,
          Spawn.start(
              program.procPath(),
              List.of("gantry-shim", podId, PROTOCOL),
              List.of(nothing, nothing, log, socket, directory)));
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** A shim that is being started. Closed before {@link #shim} was asked for, it is ended. */
  public final class Launch implements AutoCloseable {
    private final String podId;
    private final Fd directory;
    private final Spawn.Child first;
    private boolean awaited;

    private Launch(String podId, Fd directory, Spawn.Child first) {
      this.podId = podId;
      this.directory = directory;
      this.first = first;
    }

    /** Waits until it serves, and connects; to be called once. */
    public Shim shim() {
      awaited = true;
      int status = first.await();
      if (status != 0) {
        throw new Fault.Internal(
            "start shim of sandbox %s: wait status %d".formatted(podId, status));
      }
      return connect(podId, directory);
    }

    @Override
    public void close() {
      try (directory) {
        if (!awaited) {
          shim().shutdown();
        }
      }
    }
  }

  /**
   * Connects to a shim that runs.
   *
   * @throws Fault.Unavailable when there is none
   */
  public Shim reconnect(String podId, Path podState) {
    try (Fd directory = directory(podState)) {
      return connect(podId, directory);
    } catch (Fault.Syscall e) {
      throw new Fault.Unavailable(
          "connect to the shim of sandbox " + podId + ": " + e.getMessage(), e);
    }
  }

  private Shim connect(String podId, Fd directory) {
    Map<String, ShimState> found = new HashMap<>();
    CountDownLatch synced = new CountDownLatch(1);
    ShimNews news = new ShimNews(podId, listener, found, synced);
    ShimConnection connection =
        new ShimConnection(
            "sandbox " + podId,
            SeqpacketSocket.connect(socketPath(directory)),
            poller,
            news::accept,
            () -> {
              synced.countDown();
              Thread.startVirtualThread(() -> listener.disconnected(podId));
            });
    try (ShimAnswer hello = connection.call("hello", List.of(PROTOCOL), List.of())) {
      if (!synced.await(SYNC_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new Fault.Timeout("connect to the shim of sandbox " + podId + ": it does not sync");
      }
      return new Shim(connection, hello.number(1), found);
    } catch (InterruptedException e) {
      connection.close();
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("connect to the shim of sandbox " + podId, e);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static Fd directory(Path path) {
    return Fd.open(path.toString(), O_PATH_DIRECTORY, 0);
  }

  /** By descriptor: a socket's path may have 107 bytes only, a pod's directory may be longer. */
  private static Path socketPath(Fd directory) {
    return Path.of(directory.procPath(), SOCKET);
  }

  private static byte[] readProgram() {
    String architecture = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
    String name = "gantry-shim-" + architecture;
    try (InputStream in = ShimLauncher.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new Fault.Internal("start: this build has no " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new Fault.Internal("read " + name + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    program.close();
    nothing.close();
    LOG.debug("launcher closed");
  }
}
