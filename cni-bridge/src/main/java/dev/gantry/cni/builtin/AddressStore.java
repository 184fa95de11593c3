package dev.gantry.cni.builtin;

import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Flock;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The addresses given out of one network, on disk as the host-local plugin keeps them: a file for
 * each address, named by it and holding its owner, a file {@code last_reserved_ip.N} for each set
 * of ranges, and {@code lock}, held by flock(2) while anything is read or changed. Either program
 * can go on with what the other has left.
 */
final class AddressStore implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path directory;
  private final Flock lock;

  private AddressStore(Path directory, Flock lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /** Locks the network's directory, which is made when absent. */
  static AddressStore lock(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new Fault.Internal("make directory " + directory, e);
    }
    return new AddressStore(directory, Flock.take(directory.resolve("lock").toString(), PATIENCE));
  }

  /** Takes the address unless somebody has it. */
  boolean reserve(InetAddress address, int set, String containerId, String ifName) {
    Path file = directory.resolve(Cidr.text(address));
    try {
      Files.writeString(
          file,
          owner(containerId, ifName),
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      Files.writeString(lastFile(set), Cidr.text(address));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new Fault.Internal("reserve address %s: %s".formatted(file, e), e);
    }
  }

  /** The address given last of that set of ranges; null when none was. */
  @Nullable InetAddress last(int set) {
    try {
      return Cidr.address(Files.readString(lastFile(set)).strip());
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new Fault.Internal("read " + lastFile(set), e);
    } catch (Fault.Invalid e) {
      // Left empty by a power failure: where the search starts is not worth failing for.
      return null;
    }
  }

  /**
   * Gives back what the owner has.
   *
   * @param known where to look first; when one is found there, nowhere else is looked
   * @return how many addresses it had
   */
  int release(String containerId, String ifName, List<InetAddress> known) {
    String owner = owner(containerId, ifName);
    int released = 0;
    for (InetAddress address : known) {
      released += deleteIf(directory.resolve(Cidr.text(address)), owner::equals);
    }
    return released > 0 ? released : releaseIf(owner::equals);
  }

  /** Gives back the addresses whose owner ({@code ID CR LF IFNAME}) matches. */
  int releaseIf(Predicate<String> owner) {
    int released = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, this::isAddress)) {
      for (Path file : files) {
        released += deleteIf(file, owner);
      }
    } catch (IOException e) {
      throw new Fault.Internal("list " + directory, e);
    }
    return released;
  }

  private boolean isAddress(Path file) {
    String name = String.valueOf(file.getFileName());
    return !name.equals("lock") && !name.startsWith("last_reserved_ip.");
  }

  private static int deleteIf(Path file, Predicate<String> owner) {
    try {
      if (!owner.test(Files.readString(file).strip())) {
        return 0;
      }
      Files.delete(file);
      return 1;
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new Fault.Internal("release address " + file, e);
    }
  }

  static String owner(String containerId, String ifName) {
    return containerId + "\r\n" + ifName;
  }

  private Path lastFile(int set) {
    return directory.resolve("last_reserved_ip." + set);
  }

  @Override
  public void close() {
    lock.close();
  }
}
