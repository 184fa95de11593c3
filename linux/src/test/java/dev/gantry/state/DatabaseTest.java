package dev.gantry.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
  private static final String FIRST = "CREATE TABLE thing (name TEXT PRIMARY KEY)";
  private static final String SECOND = "ALTER TABLE thing ADD COLUMN size INTEGER DEFAULT 7";

  @TempDir Path dir;

  @Test
  void migrationsRunOnceAndKeepWhatIsThere() {
    try (Database database = Database.open(dir.resolve("db"))) {
      database.migrate("things", List.of(FIRST));
      database.write(c -> Database.update(c, "INSERT INTO thing VALUES (?)", "a"));
    }
    try (Database database = Database.open(dir.resolve("db"))) {
      database.migrate("things", List.of(FIRST, SECOND));
      assertThat(count(database, "SELECT size FROM thing WHERE name = 'a'")).isEqualTo(7);
    }
  }

  @Test
  void nobodyElseReadsWhatIsInIt() throws IOException {
    Path file = Files.writeString(dir.resolve("db"), "");
    try (Database database = Database.open(file)) {
      database.migrate("things", List.of(FIRST));
      for (String name : List.of("db", "db-wal", "db-shm")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(name))))
            .as(name)
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void aFileOfANewerGantryIsRefused() {
    try (Database database = Database.open(dir.resolve("db"))) {
      database.migrate("things", List.of(FIRST, SECOND));
      assertThatThrownBy(() -> database.migrate("things", List.of(FIRST)))
          .isInstanceOf(Fault.Precondition.class)
          .hasMessageContaining("things has version 2, this gantry knows 1");
    }
  }

  @Test
  void aTransactionThatThrowsLeavesNothing() {
    try (Database database = Database.open(dir.resolve("db"))) {
      database.migrate("things", List.of(FIRST));
      assertThatThrownBy(
              () ->
                  database.write(
                      c -> {
                        Database.update(c, "INSERT INTO thing VALUES (?)", "b");
                        throw new SQLException("stop");
                      }))
          .isInstanceOf(Fault.Internal.class);
      assertThat(count(database, "SELECT count(*) FROM thing")).isZero();
    }
  }

  @Test
  void aFileThatIsBrokenIsPutAside() throws IOException {
    Path file = dir.resolve("db");
    try (Database database = Database.open(file)) {
      database.migrate("things", List.of(FIRST));
      for (int i = 0; i < 1000; i++) {
        String name = "thing" + i;
        database.write(c -> Database.update(c, "INSERT INTO thing VALUES (?)", name));
      }
    }
    byte[] whole = Files.readAllBytes(file);
    List<byte[]> broken =
        List.of(
            "no database at all".getBytes(UTF_8),
            Arrays.copyOf(whole, whole.length / 4096 / 2 * 4096));
    for (byte[] content : broken) {
      Files.write(file, content);
      try (Database database = Database.open(file)) {
        database.migrate("things", List.of(FIRST));
        assertThat(count(database, "SELECT count(*) FROM thing")).isZero();
      }
      assertThat(dir.resolve("db.broken")).hasBinaryContent(content);
    }
  }

  private static int count(Database database, String sql) {
    return database.read(
        c -> {
          try (ResultSet rows = c.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
          }
        });
  }
}
