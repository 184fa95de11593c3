package dev.gantry.server;

import dev.gantry.cni.Networks;
import dev.gantry.image.ImageAdminGrpc;
import dev.gantry.image.ImageGrpc;
import dev.gantry.image.ImageService;
import dev.gantry.linux.Fault;
import dev.gantry.linux.NativeLibraries;
import dev.gantry.runtime.Handlers;
import dev.gantry.runtime.RuntimeService;
import dev.gantry.server.config.ServerConfig;
import dev.gantry.server.rpc.CriServer;
import dev.gantry.server.streaming.StreamingServer;
import dev.gantry.state.Database;
import io.grpc.BindableService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of gantryd, put together by hand: {@link #wire} is the diagram. Closing stops serving
 * and leaves every pod running.
 */
public final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private Daemon() {}

  /**
   * Starts serving.
   *
   * @param natives waited for before their first use
   * @throws Fault.Precondition when another daemon has the root directory or the socket
   */
  public static Daemon start(ServerConfig config, NativeLibraries natives) {
    Daemon daemon = new Daemon();
    try {
      daemon.wire(config, natives);
      return daemon;
    } catch (RuntimeException e) {
      try {
        daemon.close();
      } catch (RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private void wire(ServerConfig config, NativeLibraries natives) {
    Path root = config.paths().root();
    directory(root);
    directory(config.paths().state());
    keep(RootLock.take(root));
    // What needs no native library but SQLite's and Netty's comes first.
    Database database = keep(Database.open(root.resolve("gantry.db")));
    StreamingServer streaming = keep(config.streaming().listen());
    natives.await();
    ImageService images = keep(ImageService.open(config.image().settings(root), database));
    Networks networks = keep(Networks.open(config.network().settings(root), database));
    Handlers handlers = config.handlers();
    RuntimeService runtime =
        keep(
            RuntimeService.open(
                Settings.runtime(config),
                handlers,
                Settings.shown(config),
                database,
                images,
                networks,
                streaming));
    keep(streaming::hangUp);
    streaming.serve(runtime.streams());
    List<BindableService> services =
        List.of(
            runtime.grpc(),
            runtime.admin(),
            new ImageGrpc(images, handlers::has),
            new ImageAdminGrpc(images));

    Observation observation = keep(new Observation(config, runtime.census(), images));
    CriServer server =
        new CriServer(
            config.server().listen(),
            config.server().maxMessageBytes(),
            config.server().maxCalls(),
            services,
            observation.watch(),
            observation.ended());
    server.start();
    Duration drain = config.server().drain();
    keep(() -> server.stop(drain));
    // First of all: nobody else ends these streams.
    keep(runtime.events());
  }

  private <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  /** Others may pass through, as processes in a user namespace do, but not look around. */
  private static void directory(Path path) {
    try {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
    } catch (IOException e) {
      throw new Fault.Precondition("make directory %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** Stops the parts, last one first; the first failure is thrown when all have been tried. */
  @Override
  public void close() {
    Fault first = null;
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        Fault fault = e instanceof Fault f ? f : new Fault.Internal("stop: " + e, e);
        if (first == null) {
          first = fault;
        } else {
          first.addSuppressed(fault);
        }
      }
    }
    if (first != null) {
      throw first;
    }
    LOG.debug("all parts stopped");
  }
}
