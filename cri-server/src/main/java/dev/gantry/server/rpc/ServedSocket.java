package dev.gantry.server.rpc;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The path that clients connect to. The server binds and listens under {@link #bindPath()}; {@link
 * #publish} then renames that over the path. So the path never shows a socket with the wrong mode
 * or one that refuses, and what an earlier daemon left behind is replaced in one step.
 */
final class ServedSocket {
  private final Path path;
  private final Path bindPath;
  private volatile boolean published;

  ServedSocket(UnixAddress address) {
    this.path = address.path();
    this.bindPath = path.resolveSibling(path.getFileName() + ".new");
  }

  /** Where to bind. */
  Path bindPath() {
    return bindPath;
  }

  /**
   * Makes the directory and checks that nobody is served at the path.
   *
   * @throws Fault.Precondition when a process answers there, or something else than a socket is
   *     there
   */
  void claim() {
    try {
      Path directory = path.getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        if (!isSocket(path)) {
          throw new Fault.Precondition("listen on %s: a file that is no socket".formatted(path));
        }
        if (answers(path)) {
          throw new Fault.Precondition("listen on %s: another process serves it".formatted(path));
        }
      }
      Files.deleteIfExists(bindPath);
    } catch (IOException e) {
      throw new Fault.Internal("listen on %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** Shows the listening socket to clients, for its owner and group only. */
  void publish() {
    try {
      Files.setPosixFilePermissions(bindPath, PosixFilePermissions.fromString("rw-rw----"));
      Files.move(bindPath, path, StandardCopyOption.ATOMIC_MOVE);
      published = true;
    } catch (IOException e) {
      throw new Fault.Internal("listen on %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** Takes the path away again, if it is ours. */
  void remove() {
    try {
      if (published) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new Fault.Internal("remove socket %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  private static boolean isSocket(Path path) throws IOException {
    int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & 0170000) == 0140000;
  }

  private static boolean answers(Path path) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      return false;
    }
  }
}
