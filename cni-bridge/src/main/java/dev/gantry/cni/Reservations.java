package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.state.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The durable list of reservations: written before the first side effect of ADD, deleted last. */
final class Reservations {
  private static final List<String> MIGRATIONS =
      List.of(
          """
          CREATE TABLE cni_reservation (
            container_id TEXT NOT NULL,
            if_name TEXT NOT NULL,
            network TEXT NOT NULL,
            builtin INTEGER NOT NULL,
            netns_path TEXT NOT NULL,
            args TEXT NOT NULL,
            capabilities TEXT NOT NULL,
            result TEXT,
            PRIMARY KEY (container_id, if_name))""",
          "CREATE TABLE cni_pod_cidr (cidrs TEXT NOT NULL)");

  private final Database database;

  Reservations(Database database) {
    this.database = database;
    database.migrate("cni", MIGRATIONS);
  }

  void put(Reservation r) {
    ObjectNode result = r.result();
    database.write(
        c ->
            Database.update(
                c,
                "INSERT OR REPLACE INTO cni_reservation VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, ''))",
                r.containerId(),
                r.ifName(),
                r.network().text(),
                r.builtin(),
                r.netnsPath(),
                Json.text(Json.tree(r.args())),
                Json.text(r.capabilities()),
                result == null ? "" : Json.text(result)));
  }

  void delete(Reservation r) {
    database.write(
        c ->
            Database.update(
                c,
                "DELETE FROM cni_reservation WHERE container_id = ? AND if_name = ?",
                r.containerId(),
                r.ifName()));
  }

  /** In the order of the interfaces' names. */
  List<Reservation> of(String containerId) {
    return select("WHERE container_id = ?", containerId);
  }

  List<Reservation> all() {
    return select("WHERE ? = ''", "");
  }

  private List<Reservation> select(String where, String argument) {
    return database.read(
        c -> {
          try (PreparedStatement statement =
              c.prepareStatement(
                  "SELECT container_id, if_name, network, builtin, netns_path, args, capabilities,"
                      + " result FROM cni_reservation "
                      + where
                      + " ORDER BY container_id, if_name")) {
            statement.setString(1, argument);
            List<Reservation> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                found.add(read(rows));
              }
            }
            return found;
          }
        });
  }

  private static Reservation read(ResultSet row) throws SQLException {
    Map<String, String> args = new LinkedHashMap<>();
    Json.parseObject(row.getString(6), "stored arguments")
        .properties()
        .forEach(entry -> args.put(entry.getKey(), entry.getValue().asText()));
    String result = row.getString(8);
    return new Reservation(
        row.getString(1),
        row.getString(2),
        NetworkConfig.parse(row.getString(3), "stored network"),
        row.getLong(4),
        row.getString(5),
        args,
        Json.parseObject(row.getString(7), "stored capabilities"),
        result == null ? null : Json.parseObject(result, "stored result"));
  }
}
