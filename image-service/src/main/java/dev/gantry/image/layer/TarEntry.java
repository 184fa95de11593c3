package dev.gantry.image.layer;

import dev.gantry.linux.FileStat.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One member of a tar archive. Names are raw, see {@link dev.gantry.linux.RawName}.
 *
 * @param link what a hard or symbolic link points to
 * @param size of the file when unpacked
 * @param accessed where the archive says so
 * @param xattrs names raw, as the kernel knows them
 * @param segments where in the file the stored bytes go, in order; the rest are holes
 */
record TarEntry(
    String name,
    Type type,
    String link,
    long size,
    int permissions,
    int uid,
    int gid,
    FileTime modified,
    Optional<FileTime> accessed,
    int major,
    int minor,
    Map<String, byte[]> xattrs,
    List<Segment> segments) {

  enum Type {
    FILE,
    HARD_LINK,
    SYMBOLIC_LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    DIRECTORY,
    FIFO
  }

  /** Stored bytes of a file. */
  record Segment(long offset, long length) {}
}
