package dev.gantry.runtime.spec;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.security.AppArmor;
import dev.gantry.runtime.security.Selinux;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The files of the node this process runs on. */
public final class LinuxHostFiles implements HostFiles {
  private static final int S_IFMT = 0170000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;

  /** Below /dev: the host's own terminals, queues and what the container gets made anew. */
  private static final Set<String> NOT_HANDED_ON =
      Set.of("/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/console", "/dev/.udev");

  /** In a directory that a container asks for: far more than there are devices of one kind. */
  private static final int MOST_FILES = 100_000;

  private final ForeignFiles foreign;
  private final Path mountinfo;
  private final AppArmor appArmor;
  private final List<Path> refusedMissing;

  public LinuxHostFiles() {
    this(new ForeignFiles(), List.of());
  }

  /**
   * @param refusedMissing at or below which a source of a mount is not made when it is missing
   */
  public LinuxHostFiles(ForeignFiles foreign, List<Path> refusedMissing) {
    this(foreign, Path.of("/proc/self/mountinfo"), new AppArmor(Path.of("/")), refusedMissing);
  }

  /** For a mount table that is not this process's: proc_pid_mountinfo(5). */
  LinuxHostFiles(
      ForeignFiles foreign, Path mountinfo, AppArmor appArmor, List<Path> refusedMissing) {
    this.foreign = foreign;
    this.mountinfo = mountinfo;
    this.appArmor = appArmor;
    this.refusedMissing = List.copyOf(refusedMissing);
  }

  @Override
  public List<Node> devices(String path) {
    return foreign.call(
        "config.devices.host_path: look at " + path, () -> devicesAt(path), _ -> {});
  }

  private static List<Node> devicesAt(String path) {
    Path real = existing(path);
    List<Node> found = Files.isDirectory(real) ? below(real, Path.of(path), MOST_FILES) : one(real);
    if (found.isEmpty()) {
      throw new Fault.Invalid("config.devices.host_path: no device at " + path);
    }
    return found;
  }

  @Override
  public List<Node> allDevices() {
    return below(Path.of("/dev"), Path.of("/dev"), Integer.MAX_VALUE);
  }

  @Override
  public String mountSource(String path) {
    return foreign.call(
        "config.mounts.host_path: look at " + path, () -> madeSource(path), _ -> {});
  }

  private String madeSource(String path) {
    Path source = Path.of(path);
    try {
      if (Files.notExists(source)) {
        if (refusedMissing.stream().anyMatch(source.normalize()::startsWith)) {
          throw new Fault.Invalid("config.mounts.host_path: %s does not exist".formatted(path));
        }
        Files.createDirectories(
            source,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      }
      return source.toRealPath().toString();
    } catch (IOException e) {
      throw new Fault.Invalid("make mount source %s: %s".formatted(path, e), e);
    }
  }

  @Override
  public boolean isAppArmorProfileLoaded(String name) {
    return appArmor.isLoaded(name);
  }

  @Override
  public boolean isSelinuxLabel(String label) {
    return new Selinux(Path.of("/")).isKnown(label);
  }

  @Override
  public boolean isShared(String path) {
    return propagation(path).contains("shared:");
  }

  @Override
  public boolean isSharedOrSlave(String path) {
    String fields = propagation(path);
    return fields.contains("shared:") || fields.contains("master:");
  }

  /**
   * The optional fields of the mount that holds {@code path}: the last one with the longest prefix.
   */
  private String propagation(String path) {
    String best = "";
    String fields = "";
    try {
      for (String line : Files.readAllLines(mountinfo)) {
        String[] word = line.split(" ", -1);
        String at = word[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
        if (at.length() >= best.length() && Path.of(path).startsWith(at)) {
          best = at;
          int end = line.indexOf(" - ");
          fields = line.substring(0, end);
          fields = fields.substring(fields.indexOf(word[5]) + word[5].length());
        }
      }
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(mountinfo, e), e);
    }
    return fields;
  }

  private static Path existing(String path) {
    try {
      return Path.of(path).toRealPath();
    } catch (NoSuchFileException e) {
      throw new Fault.Invalid("config.devices.host_path: %s does not exist".formatted(path), e);
    } catch (IOException e) {
      throw new Fault.Invalid("config.devices.host_path: read %s: %s".formatted(path, e), e);
    }
  }

  /**
   * The devices below {@code directory}, named as if it were at {@code place}.
   *
   * @param most files to look at
   */
  static List<Node> below(Path directory, Path place, int most) {
    List<Node> found = new ArrayList<>();
    int[] seen = {0};
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              return NOT_HANDED_ON.contains(dir.toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (++seen[0] > most) {
                throw new Fault.Invalid(
                    "config.devices.host_path: more than %d files at %s".formatted(most, place));
              }
              if (attributes.isOther() && !NOT_HANDED_ON.contains(file.toString())) {
                found.addAll(one(file));
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              // A device may go while we look: udev works at the same time.
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) {
              // So may a directory, and some of /proc let nobody look.
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new Fault.Internal("list devices below %s: %s".formatted(directory, e), e);
    }
    return found.stream()
        .map(n -> n.at(place.resolve(directory.relativize(Path.of(n.path()))).toString()))
        .sorted(Comparator.comparing(Node::path))
        .toList();
  }

  private static List<Node> one(Path file) {
    try {
      Map<String, Object> stat =
          Files.readAttributes(file, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
      int mode = (int) number(stat, "mode");
      String type =
          switch (mode & S_IFMT) {
            case S_IFCHR -> "c";
            case S_IFBLK -> "b";
            default -> "";
          };
      if (type.isEmpty()) {
        return List.of();
      }
      long rdev = number(stat, "rdev");
      // makedev(3): twelve bits and a high part of the major, eight bits and a high part of the
      // minor.
      long major = ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & ~0xfffL);
      long minor = (rdev & 0xff) | ((rdev >>> 12) & ~0xffL & 0xffffffffL);
      long uid = number(stat, "uid") & 0xffffffffL;
      long gid = number(stat, "gid") & 0xffffffffL;
      return List.of(new Node(file.toString(), type, major, minor, mode & 07777, uid, gid));
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new Fault.Internal("stat %s: %s".formatted(file, e), e);
    }
  }

  private static long number(Map<String, Object> stat, String attribute) {
    return stat.get(attribute) instanceof Number found ? found.longValue() : 0;
  }
}
