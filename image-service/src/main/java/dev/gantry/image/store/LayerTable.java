package dev.gantry.image.store;

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

/** The records of layers in the database. */
public final class LayerTable {
  /** Numbers are never used twice: answers of other layers refer to them. */
  static final String CREATE =
      "CREATE TABLE image_layer (id INTEGER PRIMARY KEY AUTOINCREMENT, diff_id TEXT NOT NULL,"
          + " answers TEXT NOT NULL, describes_root INTEGER NOT NULL, bytes INTEGER NOT NULL,"
          + " inodes INTEGER NOT NULL)";

  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<Map<String, String>> MAP = new TypeReference<>() {};

  private LayerTable() {}

  static List<StoredLayer> all(Database database) {
    return database.read(
        c -> {
          List<StoredLayer> found = new ArrayList<>();
          try (PreparedStatement select =
                  c.prepareStatement(
                      "SELECT id, diff_id, answers, describes_root, bytes, inodes"
                          + " FROM image_layer ORDER BY id");
              ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
              found.add(
                  new StoredLayer(
                      rows.getLong(1),
                      Digest.parse(rows.getString(2)),
                      answers(rows.getString(3)),
                      rows.getBoolean(4),
                      rows.getLong(5),
                      rows.getLong(6)));
            }
          }
          return found;
        });
  }

  /** Adds a record without number; answers the number. */
  static long insert(Connection c, StoredLayer layer) throws SQLException {
    Database.update(
        c,
        "INSERT INTO image_layer (diff_id, answers, describes_root, bytes, inodes)"
            + " VALUES (?, ?, ?, ?, ?)",
        layer.diffId().toString(),
        text(layer.answers()),
        layer.describesRoot() ? 1 : 0,
        layer.bytes(),
        layer.inodes());
    return lastId(c);
  }

  public static long lastId(Connection c) throws SQLException {
    try (PreparedStatement select = c.prepareStatement("SELECT last_insert_rowid()");
        ResultSet rows = select.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  static void delete(Database database, long id) {
    database.write(c -> Database.update(c, "DELETE FROM image_layer WHERE id = ?", id));
  }

  private static String text(Map<String, String> answers) {
    try {
      return JSON.writeValueAsString(answers);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write layer record: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> answers(String text) {
    try {
      return JSON.readValue(text, MAP);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("read layer record: " + e.getMessage(), e);
    }
  }
}
