package dev.gantry.state;

import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One SQLite file in WAL mode, one connection, one writer at a time. Every module keeps its own
 * tables in it and migrates them under its own component name.
 *
 * <p>Commits do not fsync (synchronous=NORMAL, sqlite.org/pragma.html#pragma_synchronous): a crash
 * of the process loses nothing, a power loss may lose the last transactions but never corrupts. All
 * pods are gone after a power loss anyway, and an image record that is lost is pulled again.
 */
public final class Database implements AutoCloseable {
  /** Work inside one transaction. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  /** Behind the name of a file that is broken. */
  private static final String ASIDE = ".broken";

  /** The part of an extended result code that is the code (sqlite.org/rescode.html). */
  private static final int PRIMARY_CODE = 0xff;

  /** Configurations of containers are in it, with their environment. */
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Connection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Path file;

  private Database(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
  }

  /**
   * Opens the file, making it when it is absent. One that is broken is put aside, and a new one
   * begun: what it said of images is pulled again, what it said of pods is found by no record and
   * removed, and the node goes on.
   */
  public static Database open(Path file) {
    try {
      return opened(file);
    } catch (SQLException e) {
      if (!isBroken(e)) {
        throw fault("open", file, e);
      }
      LOG.error(
          "database {} is broken, a new one is begun; the old one is {}{}: {}",
          file,
          file,
          ASIDE,
          e.getMessage());
      putAside(file);
    }
    try {
      return opened(file);
    } catch (SQLException e) {
      throw fault("open", file, e);
    }
  }

  /** Its journal takes the mode of the file. */
  private static void forOwnerOnly(Path file) {
    try {
      if (Files.notExists(file)) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
      }
      for (String suffix : List.of("", "-wal", "-shm")) {
        Path part = file.resolveSibling(file.getFileName() + suffix);
        if (Files.exists(part)) {
          Files.setPosixFilePermissions(part, OWNER);
        }
      }
    } catch (IOException e) {
      throw new Fault.Internal("open database %s: %s".formatted(file, e), e);
    }
  }

  private static Database opened(Path file) throws SQLException {
    forOwnerOnly(file);
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setBusyTimeout(5_000);
    config.enforceForeignKeys(true);
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    try {
      check(connection);
      connection.setAutoCommit(false);
      update(
          connection,
          "CREATE TABLE IF NOT EXISTS migration"
              + " (component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
      connection.commit();
      Database database = new Database(file, connection);
      database.reserve();
      return database;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * A few milliseconds for the few megabytes that it has
   * (sqlite.org/pragma.html#pragma_quick_check).
   */
  private static void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA quick_check(1)")) {
      String found = rows.next() ? rows.getString(1) : "no answer";
      if (!found.equals("ok")) {
        throw new SQLiteException(found, SQLiteErrorCode.SQLITE_CORRUPT);
      }
    }
  }

  private static boolean isBroken(SQLException e) {
    if (!(e instanceof SQLiteException sqlite)) {
      return false;
    }
    int code = sqlite.getResultCode().code & PRIMARY_CODE;
    return code == SQLiteErrorCode.SQLITE_CORRUPT.code
        || code == SQLiteErrorCode.SQLITE_NOTADB.code;
  }

  private static void putAside(Path file) {
    for (String part : List.of("", "-wal", "-shm")) {
      Path from = file.resolveSibling(file.getFileName() + part);
      Path to = file.resolveSibling(file.getFileName() + ASIDE + part);
      try {
        Files.deleteIfExists(to);
        if (Files.exists(from)) {
          Files.move(from, to);
        }
      } catch (IOException e) {
        throw new Fault.Internal("put aside %s: %s".formatted(from, e), e);
      }
    }
  }

  /**
   * Brings a component's tables to the newest version. Step {@code i} of {@code steps} leads from
   * version {@code i} to {@code i + 1}; steps are only ever appended.
   *
   * @throws Fault.Precondition when the file was written by a newer Gantry
   */
  public void migrate(String component, List<String> steps) {
    write(
        c -> {
          int version = version(c, component);
          if (version > steps.size()) {
            throw new Fault.Precondition(
                "open database %s: %s has version %d, this gantry knows %d"
                    .formatted(file, component, version, steps.size()));
          }
          for (String step : steps.subList(version, steps.size())) {
            for (String sql : step.split(";\n", -1)) {
              if (!sql.isBlank()) {
                update(c, sql);
              }
            }
          }
          return update(
              c, "INSERT OR REPLACE INTO migration VALUES (?, ?)", component, steps.size());
        });
  }

  /**
   * Runs {@code work} in a transaction: committed when it returns, rolled back when it throws. On a
   * full disk it may be run a second time, in the space of the log that has been folded in: else
   * nothing could be removed to make room.
   */
  public <T> T write(Work<T> work) {
    return Stage.of("database").call(() -> transaction(work));
  }

  private <T> T transaction(Work<T> work) {
    lock.lock();
    try {
      return transact(work);
    } catch (SQLException e) {
      if (!isFull(e)) {
        throw fault("write", file, e);
      }
      try {
        checkpoint("RESTART");
        return transact(work);
      } catch (SQLException again) {
        throw fault("write", file, again);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Keeps room for the transactions that remove things when the disk is full. */
  private void reserve() throws SQLException {
    try {
      if (DiskReserve.makePages(connection)) {
        checkpoint("RESTART");
      }
      DiskReserve.extendLog(file);
    } catch (SQLException e) {
      rollback(e);
      if (!isFull(e)) {
        throw e;
      }
      LOG.warn("reserve room in database {}: {}", file, e.getMessage());
    }
  }

  private <T> T transact(Work<T> work) throws SQLException {
    try {
      T result = work.run(connection);
      connection.commit();
      return result;
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    }
  }

  /** Folds the log into the file; the mode as of sqlite.org/pragma.html#pragma_wal_checkpoint. */
  private void checkpoint(String mode) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_checkpoint(" + mode + ")");
    } finally {
      connection.setAutoCommit(false);
    }
  }

  /** Runs {@code work} that only reads. */
  public <T> T read(Work<T> work) {
    return write(work);
  }

  /** Executes one statement with positional arguments; answers how many rows it changed. */
  public static int update(Connection connection, String sql, Object... arguments)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < arguments.length; i++) {
        statement.setObject(i + 1, arguments[i]);
      }
      return statement.executeUpdate();
    }
  }

  private static int version(Connection connection, String component) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT version FROM migration WHERE component = ?")) {
      statement.setString(1, component);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? rows.getInt(1) : 0;
      }
    }
  }

  /**
   * SQLite itself rolls back when the disk is full (sqlite.org/lang_transaction.html); the driver
   * does not know, and would have no transaction from then on.
   */
  private void rollback(Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
      beginAnew(cause);
    }
  }

  private void beginAnew(Exception cause) {
    try {
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      cause.addSuppressed(e); // There is nothing to commit, and it says so.
    }
    try {
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private static Fault fault(String verb, Path file, SQLException e) {
    String text = "%s database %s: %s".formatted(verb, file, e.getMessage());
    return isFull(e) ? new Fault.Exhausted(text, e) : new Fault.Internal(text, e);
  }

  private static boolean isFull(SQLException e) {
    return e instanceof SQLiteException s && s.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
  }

  /** Folds the log into the file and closes it. */
  @Override
  public void close() {
    lock.lock();
    try (connection) {
      checkpoint("TRUNCATE");
    } catch (SQLException e) {
      throw fault("close", file, e);
    } finally {
      lock.unlock();
    }
  }
}
