package dev.gantry.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The records of images in the database. */
final class ImageTables {
  static final List<String> MIGRATIONS =
      List.of(
          "CREATE TABLE image (id TEXT PRIMARY KEY, config TEXT NOT NULL, manifest TEXT NOT NULL,"
              + " annotations TEXT NOT NULL, pulled INTEGER NOT NULL)",
          "CREATE TABLE image_use (image TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,"
              + " position INTEGER NOT NULL, layer INTEGER NOT NULL, diff_id TEXT NOT NULL,"
              + " blob TEXT NOT NULL, PRIMARY KEY (image, position))",
          "CREATE TABLE image_name (name TEXT PRIMARY KEY,"
              + " image TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE)",
          "CREATE TABLE image_rootfs (id INTEGER PRIMARY KEY AUTOINCREMENT,"
              + " key TEXT NOT NULL UNIQUE, image TEXT NOT NULL, layers TEXT NOT NULL)",
          VolumeStore.CREATE);

  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<Map<String, String>> MAP = new TypeReference<>() {};

  private ImageTables() {}

  /** One image, its names aside. */
  record Row(
      ImageId id,
      String configJson,
      Digest manifest,
      Map<String, String> annotations,
      long pulledMillis) {}

  /** One layer of an image. */
  record Use(long layer, Digest diffId, Optional<Digest> blob) {}

  static List<Row> images(Database database) {
    return select(
        database,
        "SELECT id, config, manifest, annotations, pulled FROM image",
        r ->
            new Row(
                new ImageId(r.getString(1)),
                r.getString(2),
                Digest.parse(r.getString(3)),
                parse(r.getString(4)),
                r.getLong(5)));
  }

  static List<Use> uses(Database database, ImageId id) {
    return select(
        database,
        "SELECT layer, diff_id, blob FROM image_use WHERE image = ? ORDER BY position",
        r ->
            new Use(
                r.getLong(1),
                Digest.parse(r.getString(2)),
                r.getString(3).isEmpty()
                    ? Optional.empty()
                    : Optional.of(Digest.parse(r.getString(3)))),
        id.value());
  }

  static List<String> names(Database database, ImageId id) {
    return select(
        database, "SELECT name FROM image_name WHERE image = ?", r -> r.getString(1), id.value());
  }

  static void insert(Connection c, Row row, List<Use> uses) throws SQLException {
    Database.update(
        c,
        "INSERT INTO image VALUES (?, ?, ?, ?, ?)",
        row.id().value(),
        row.configJson(),
        row.manifest().toString(),
        text(row.annotations()),
        row.pulledMillis());
    for (int i = 0; i < uses.size(); i++) {
      Use use = uses.get(i);
      Database.update(
          c,
          "INSERT INTO image_use VALUES (?, ?, ?, ?, ?)",
          row.id().value(),
          i,
          use.layer(),
          use.diffId().toString(),
          use.blob().map(Digest::toString).orElse(""));
    }
  }

  static void name(Connection c, String name, ImageId id) throws SQLException {
    Database.update(c, "INSERT OR REPLACE INTO image_name VALUES (?, ?)", name, id.value());
  }

  static void delete(Database database, ImageId id) {
    database.write(c -> Database.update(c, "DELETE FROM image WHERE id = ?", id.value()));
  }

  /** Reads one row. */
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  static <T> List<T> select(
      Database database, String sql, RowReader<T> reader, Object... arguments) {
    return database.read(
        c -> {
          try (PreparedStatement select = c.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
              select.setObject(i + 1, arguments[i]);
            }
            List<T> found = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                found.add(reader.read(rows));
              }
            }
            return found;
          }
        });
  }

  private static String text(Map<String, String> map) {
    try {
      return JSON.writeValueAsString(map);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write image record: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> parse(String text) {
    try {
      return JSON.readValue(text, MAP);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("read image record: " + e.getMessage(), e);
    }
  }
}
