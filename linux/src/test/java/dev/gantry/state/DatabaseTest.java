package dev.gantry.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
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
