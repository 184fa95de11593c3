package dev.gantry.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Room that a database has before it needs it, so that on a full disk pods can still be stopped and
 * removed: free pages in its file, into which the log is folded, and blocks at the end of its log.
 */
final class DiskReserve {
  private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);
  private static final int PAGES = 64;
  private static final int PAGE_BYTES = 4096;
  private static final int LOG_BYTES = 1 << 20;

  private DiskReserve() {}

  /** Whether there were too few. */
  static boolean makePages(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (freePages(statement) >= PAGES) {
        return false;
      }
      statement.execute("CREATE TABLE reserve (room BLOB)");
      statement.execute("INSERT INTO reserve VALUES (zeroblob(%d))".formatted(PAGES * PAGE_BYTES));
      connection.commit();
      // What a dropped table had is kept for later (sqlite.org/fileformat2.html, freelist).
      statement.execute("DROP TABLE reserve");
      connection.commit();
      return true;
    }
  }

  private static int freePages(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("PRAGMA freelist_count")) {
      return rows.next() ? rows.getInt(1) : 0;
    }
  }

  /**
   * Appends zeros, which SQLite takes for the rest of an older log and writes over: no frame has a
   * checksum that fits them (sqlite.org/fileformat2.html, the WAL file format).
   */
  static void extendLog(Path database) {
    Path log = database.resolveSibling(database.getFileName() + "-wal");
    try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
      long size = channel.size();
      ByteBuffer zeros = ByteBuffer.allocate((int) Math.max(0, LOG_BYTES - size));
      while (zeros.hasRemaining()) {
        size += channel.write(zeros, size);
      }
    } catch (IOException e) {
      LOG.warn("reserve room in {}: {}", log, e.getMessage());
    }
  }
}
