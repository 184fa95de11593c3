package dev.gantry.image.layer;

import dev.gantry.image.layer.LayerState.Described;
import dev.gantry.image.layer.MergedDir.Shown;
import dev.gantry.linux.DataFile;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import dev.gantry.linux.FileStat.FileTime;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the members of one archive into a layer's directory, in the form overlayfs wants. Call
 * {@link #write} for each, then {@link LayerSettlement} once.
 */
final class LayerWriter implements AutoCloseable {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String AUFS = ".wh..wh.";
  private static final int WRITEBACK = 8 << 20;

  final Dir root;
  final LayerState state = new LayerState();
  final OpenDirs dirs;
  final LowerQuestions lower;
  private final Recipe recipe;
  private final ParentWalk parents;
  private final ParentWalk settledParents;
  private final byte[] buffer = new byte[1 << 17];

  LayerWriter(Dir root, LowerQuestions lower, Recipe recipe, boolean optimistic) {
    this.recipe = recipe;
    this.root = root;
    this.lower = lower;
    this.dirs = new OpenDirs(root);
    this.parents = new ParentWalk(state, dirs, lower, optimistic);
    this.settledParents = new ParentWalk(state, dirs, lower, false);
  }

  /** Unpacks one member. */
  void write(TarEntry entry, MemberData data) throws IOException, InterruptedException {
    String path = RawPath.normal(entry.name());
    if (path.isEmpty()) {
      rootAttributes(entry);
      return;
    }
    String name = RawPath.name(path);
    if (name.startsWith(WHITEOUT)) {
      whiteout(path, name);
      return;
    }
    String parent = parents.make(RawPath.parent(path));
    String resolved = RawPath.child(parent, name);
    switch (entry.type()) {
      case DIRECTORY -> directory(entry, parent, name, resolved);
      case HARD_LINK -> hardLink(entry, parent, name, resolved);
      case FILE -> file(entry, data, parent, name);
      case SYMBOLIC_LINK -> {
        create(parent, name, d -> d.symlink(name, entry.link()));
        attributes(dirs.at(parent), name, entry, -1);
      }
      case CHARACTER_DEVICE -> node(entry, parent, name, FileStat.CHARACTER);
      case BLOCK_DEVICE -> node(entry, parent, name, FileStat.BLOCK);
      case FIFO -> node(entry, parent, name, FileStat.FIFO);
    }
  }

  private void rootAttributes(TarEntry entry) {
    if (entry.type() != TarEntry.Type.DIRECTORY) {
      throw new Fault.Invalid("the root is no directory");
    }
    FileAttributes.apply(root, ".", entry.uid(), entry.gid(), entry.permissions(), entry.xattrs());
    state.directory("", described(entry));
  }

  /** Whiteouts concern the layers below only, wherever in the archive they stand (OCI layer.md). */
  private void whiteout(String path, String name) throws InterruptedException {
    if (name.equals(OPAQUE)) {
      state.opaque(parents.make(RawPath.parent(path)));
      return;
    }
    if (name.startsWith(AUFS)) {
      return; // bookkeeping of aufs, which no reader uses
    }
    String removed = name.substring(WHITEOUT.length());
    if (removed.isEmpty() || removed.equals(".") || removed.equals("..")) {
      throw new Fault.Invalid("whiteout of no name");
    }
    state.whiteouts.add(RawPath.child(RawPath.parent(path), removed));
  }

  private void directory(TarEntry entry, String parent, String name, String resolved) {
    if (state.isDirectory(resolved)) {
      Dir dir = dirs.at(parent);
      dir.xattrs(name).stream()
          .filter(key -> !key.equals("security.selinux"))
          .forEach(key -> dir.removeXattr(name, key));
    } else {
      if (state.directoryCount() >= LayerLimits.DIRECTORIES) {
        throw new Fault.Invalid("more than %d directories".formatted(LayerLimits.DIRECTORIES));
      }
      Dir dir = dirs.at(parent);
      try {
        dir.mkdir(name, 0700);
      } catch (Fault.Syscall e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
        recipe.lose();
        dir.unlink(name);
        dir.mkdir(name, 0700);
        // What stood here removed whatever the layers below had.
        state.opaque(resolved);
      }
    }
    attributes(dirs.at(parent), name, entry, entry.permissions());
    state.directory(resolved, described(entry));
  }

  private static Described described(TarEntry entry) {
    return new Described(entry.accessed().orElse(entry.modified()), entry.modified());
  }

  private void file(TarEntry entry, MemberData data, String parent, String name)
      throws IOException {
    try (DataFile file = createFile(parent, name)) {
      for (TarEntry.Segment segment : entry.segments()) {
        recipe.file(RawPath.child(parent, name), segment.offset(), segment.length());
        copy(data, file, segment);
      }
      if (entry.segments().isEmpty() || end(entry) < entry.size()) {
        file.truncate(entry.size());
      }
    }
    attributes(dirs.at(parent), name, entry, entry.permissions());
  }

  private static long end(TarEntry entry) {
    TarEntry.Segment last = entry.segments().getLast();
    return last.length() == 0 ? 0 : last.offset() + last.length();
  }

  private void copy(MemberData data, DataFile file, TarEntry.Segment segment) throws IOException {
    long done = 0;
    long handedOver = 0;
    while (done < segment.length()) {
      int filled = 0;
      int want = (int) Math.min(buffer.length, segment.length() - done);
      while (filled < want) {
        filled += data.read(buffer, filled, want - filled);
      }
      file.write(buffer, 0, filled, segment.offset() + done);
      done += filled;
      if (done - handedOver >= WRITEBACK || (done == segment.length() && done > WRITEBACK / 4)) {
        // The disk works while we unpack on, instead of all at once when the layer is synced.
        file.startWriteback(segment.offset() + handedOver, done - handedOver);
        handedOver = done;
      }
    }
  }

  private void node(TarEntry entry, String parent, String name, int type) {
    if (type == FileStat.CHARACTER && entry.major() == 0 && entry.minor() == 0) {
      throw new Fault.Invalid("character device 0:0, overlayfs's mark of a removed file");
    }
    create(parent, name, d -> d.mknod(name, type | 0600, entry.major(), entry.minor()));
    attributes(dirs.at(parent), name, entry, entry.permissions());
  }

  private void hardLink(TarEntry entry, String parent, String name, String resolved)
      throws IOException, InterruptedException {
    String wanted = RawPath.normal(entry.link());
    if (wanted.isEmpty()) {
      throw new Fault.Invalid("hard link to the root");
    }
    String targetParent = parents.make(RawPath.parent(wanted));
    String targetName = RawPath.name(wanted);
    String target = RawPath.child(targetParent, targetName);
    FileStat stat = dirs.at(targetParent).stat(targetName);
    if (target.equals(resolved) && stat != null) {
      return;
    }
    if (stat == null) {
      copyUp(target, targetParent, targetName);
    } else if (stat.isDirectory()) {
      throw new Fault.Invalid("hard link to directory %s".formatted(RawPath.show(target)));
    }
    create(parent, name, d -> d.link(name, dirs.at(targetParent), targetName));
  }

  /**
   * A hard link may name a file of a layer below. As overlayfs would do on link(2), the file comes
   * up into this layer first.
   */
  private void copyUp(String target, String targetParent, String targetName)
      throws IOException, InterruptedException {
    try (MergedDir parent = state.hidesLower(target) ? null : lower.parentOfFile(target)) {
      Shown source = parent == null ? null : parent.lookup(targetName);
      if (source == null) {
        throw new Fault.Invalid("hard link to %s: no such file".formatted(RawPath.show(target)));
      }
      FileStat stat = source.stat();
      Dir to = dirs.at(targetParent);
      switch (stat.type()) {
        case FileStat.REGULAR -> copyContent(source.parent(), targetName, to, stat.size());
        case FileStat.LINK -> to.symlink(targetName, source.parent().readLink(targetName));
        default -> to.mknod(targetName, stat.mode(), stat.deviceMajor(), stat.deviceMinor());
      }
      Map<String, byte[]> xattrs =
          LowerFact.Attributes.of(source.parent(), targetName, stat).xattrs();
      int permissions = stat.isLink() ? -1 : stat.permissions();
      FileAttributes.apply(to, targetName, stat.uid(), stat.gid(), permissions, xattrs);
      to.setTimes(targetName, stat.accessed(), stat.modified());
    }
  }

  private void copyContent(Dir from, String name, Dir to, long size) {
    try (DataFile in = from.openFile(name);
        DataFile out = to.create(name, 0600)) {
      long done = 0;
      int count = in.read(buffer, 0);
      while (count > 0) {
        out.write(buffer, 0, count, done);
        done += count;
        count = in.read(buffer, done);
      }
      out.truncate(size);
    }
  }

  private void attributes(Dir dir, String name, TarEntry entry, int permissions) {
    FileAttributes.apply(dir, name, entry.uid(), entry.gid(), permissions, entry.xattrs());
    FileTime accessed = entry.accessed().orElse(entry.modified());
    dir.setTimes(name, accessed, entry.modified());
  }

  private DataFile createFile(String parent, String name) {
    try {
      return dirs.at(parent).create(name, 0600);
    } catch (Fault.Syscall e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      removeHere(parent, name);
      return dirs.at(parent).create(name, 0600);
    }
  }

  /** A later member replaces an earlier one of the same name, a whole tree if need be. */
  private void create(String parent, String name, Consumer<Dir> action) {
    try {
      action.accept(dirs.at(parent));
    } catch (Fault.Syscall e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      removeHere(parent, name);
      action.accept(dirs.at(parent));
    }
  }

  private void removeHere(String parent, String name) {
    recipe.lose();
    String path = RawPath.child(parent, name);
    if (state.isDirectory(path)) {
      dirs.forget(path);
      state.forget(path);
    }
    TreeRemoval.remove(dirs.at(parent), name);
  }

  @Override
  public void close() {
    dirs.close();
  }

  /** See {@link ParentWalk#find}; waits for the layers below. */
  @Nullable String find(String path) throws InterruptedException {
    return settledParents.find(path);
  }

  /** See {@link ParentWalk#make}; waits for the layers below. */
  String make(String path) throws InterruptedException {
    return settledParents.make(path);
  }
}
