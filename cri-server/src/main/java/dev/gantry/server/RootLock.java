package dev.gantry.server;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One daemon per root directory: a lock of fcntl(2) on {@code ROOT/lock}, which the kernel gives
 * back when the process ends in whatever way. The file holds the owner's pid for people.
 */
final class RootLock implements AutoCloseable {
  private final FileChannel channel;

  private RootLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws Fault.Precondition when another daemon has it
   */
  static RootLock take(Path root) {
    Path file = root.resolve("lock");
    try {
      Files.createDirectories(root);
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!locked(channel)) {
        channel.close();
        throw new Fault.Precondition(
            "lock %s: used by another gantryd, pid %s".formatted(root, owner(file)));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
      return new RootLock(channel);
    } catch (IOException e) {
      throw new Fault.Internal("lock %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by this very process
    }
  }

  private static String owner(Path file) throws IOException {
    String text = Files.readString(file).strip();
    return text.isEmpty() ? "unknown" : text;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new Fault.Internal("unlock: " + e.getMessage(), e);
    }
  }
}
