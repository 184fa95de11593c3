package dev.gantry.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pods and containers in the database: the only class that knows their tables. */
final class RuntimeRecords {
  private static final List<String> MIGRATIONS =
      List.of(
          """
          CREATE TABLE pod (
            id TEXT PRIMARY KEY,
            config BLOB NOT NULL,
            handler TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            netns_path TEXT NOT NULL,
            cgroup TEXT NOT NULL,
            boot_id TEXT NOT NULL,
            state TEXT NOT NULL
          );
          CREATE TABLE container (
            id TEXT PRIMARY KEY,
            pod_id TEXT NOT NULL REFERENCES pod (id),
            config BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            image_id TEXT NOT NULL,
            image_ref TEXT NOT NULL,
            stop_signal INTEGER NOT NULL,
            log_path TEXT NOT NULL,
            cgroup TEXT NOT NULL,
            uid INTEGER NOT NULL,
            gid INTEGER NOT NULL,
            supplemental_groups TEXT NOT NULL,
            state TEXT NOT NULL
          )
          """,
          // What an update changed; NULL: as in the configuration.
          """
          ALTER TABLE container ADD COLUMN resources BLOB;
          ALTER TABLE pod ADD COLUMN resources BLOB
          """,
          """
          ALTER TABLE pod ADD COLUMN selinux_level TEXT NOT NULL DEFAULT ''
          """);

  private static final Logger LOG = LoggerFactory.getLogger(RuntimeRecords.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Database database;
  private final ContainerEvents events;

  /**
   * Ids of what is gone, but whose record a failing disk has kept: the next transaction removes it,
   * whatever it is for. Else a retry under the same name would stand beside it after a restart.
   */
  private final Set<String> owed = ConcurrentHashMap.newKeySet();

  RuntimeRecords(Database database, ContainerEvents events) {
    this.database = database;
    this.events = events;
    database.migrate("runtime", MIGRATIONS);
  }

  private void write(Database.Work<Integer> work) {
    for (String id : owed) {
      try {
        remove(id);
      } catch (Fault e) {
        LOG.warn("record of {}, which is gone, stays for now: {}", id, e.getMessage());
      }
    }
    database.write(work);
  }

  private void remove(String id) {
    try {
      database.write(
          c -> {
            Database.update(c, "DELETE FROM container WHERE id = ? OR pod_id = ?", id, id);
            return Database.update(c, "DELETE FROM pod WHERE id = ?", id);
          });
      owed.remove(id);
    } catch (Fault e) {
      owed.add(id);
      throw e;
    }
  }

  void addPod(Pod.Identity pod, PodState state) {
    write(
        c ->
            Database.update(
                c,
                "INSERT INTO pod VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                pod.id(),
                pod.config().toByteArray(),
                pod.handler(),
                pod.createdAt(),
                pod.netnsPath(),
                pod.cgroup(),
                pod.bootId(),
                json(state),
                pod.selinuxLevel()));
  }

  void podState(String id, PodState state) {
    write(c -> Database.update(c, "UPDATE pod SET state = ? WHERE id = ?", json(state), id));
  }

  /** With the records of its containers, which are gone before. */
  void removePod(String id) {
    remove(id);
  }

  void addContainer(Container.Identity container, ContainerState state) {
    String groups =
        String.join(
            ",",
            container.supplementalGroups().stream().map(group -> Long.toString(group)).toList());
    write(
        c ->
            Database.update(
                c,
                "INSERT INTO container VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                container.id(),
                container.podId(),
                container.config().toByteArray(),
                container.createdAt(),
                container.imageId(),
                container.imageRef(),
                container.stopSignal(),
                container.logPath(),
                container.cgroup(),
                container.uid(),
                container.gid(),
                groups,
                json(state)));
  }

  void containerState(String id, ContainerState state) {
    write(c -> Database.update(c, "UPDATE container SET state = ? WHERE id = ?", json(state), id));
  }

  void containerResources(String id, LinuxContainerResources resources) {
    write(
        c ->
            Database.update(
                c, "UPDATE container SET resources = ? WHERE id = ?", resources.toByteArray(), id));
  }

  /** What UpdatePodSandboxResources said last. */
  void podResources(String id, UpdatePodSandboxResourcesRequest said) {
    write(
        c ->
            Database.update(
                c, "UPDATE pod SET resources = ? WHERE id = ?", said.toByteArray(), id));
  }

  void removeContainer(String id) {
    remove(id);
  }

  /** All that can be read. One that cannot is removed with its containers: it owns nothing now. */
  List<Pod> loadPods() {
    return load("pod", this::pod);
  }

  /** All that can be read; one that cannot is removed. After {@link #loadPods}. */
  List<Container> loadContainers() {
    return load("container", this::container);
  }

  /** The newest first: of two under one name it is the one that somebody knows. */
  private <T> List<T> load(String table, RowReader<T> reader) {
    List<String> broken = new ArrayList<>();
    List<T> items =
        database.read(
            c ->
                query(
                    c,
                    "SELECT * FROM %s ORDER BY created_at DESC".formatted(table),
                    row -> readable(row, reader, broken)));
    broken.forEach(this::remove);
    return items;
  }

  private static <T> Optional<T> readable(ResultSet row, RowReader<T> reader, List<String> broken)
      throws SQLException {
    try {
      return Optional.of(reader.read(row));
    } catch (Fault.Internal | NumberFormatException e) {
      LOG.error("record of {} is broken, it is removed: {}", row.getString("id"), e.getMessage());
      broken.add(row.getString("id"));
      return Optional.empty();
    }
  }

  private Pod pod(ResultSet row) throws SQLException {
    String id = row.getString("id");
    try {
      var identity =
          new Pod.Identity(
              id,
              PodSandboxConfig.parseFrom(row.getBytes("config")),
              row.getString("handler"),
              row.getLong("created_at"),
              row.getString("netns_path"),
              row.getString("cgroup"),
              row.getString("boot_id"),
              row.getString("selinux_level"));
      return new Pod(
          identity, parse(row.getString("state"), PodState.class, "sandbox " + id), this, events);
    } catch (InvalidProtocolBufferException e) {
      throw new Fault.Internal("read record of sandbox " + id + ": " + e.getMessage(), e);
    }
  }

  private Container container(ResultSet row) throws SQLException {
    String id = row.getString("id");
    try {
      String groups = row.getString("supplemental_groups");
      var identity =
          new Container.Identity(
              id,
              row.getString("pod_id"),
              ContainerConfig.parseFrom(row.getBytes("config")),
              row.getLong("created_at"),
              row.getString("image_id"),
              row.getString("image_ref"),
              row.getInt("stop_signal"),
              row.getString("log_path"),
              row.getString("cgroup"),
              row.getLong("uid"),
              row.getLong("gid"),
              groups.isEmpty()
                  ? List.of()
                  : Arrays.stream(groups.split(",", -1)).map(Long::valueOf).toList());
      byte[] changed = row.getBytes("resources");
      return new Container(
          identity,
          parse(row.getString("state"), ContainerState.class, "container " + id),
          changed == null
              ? identity.config().getLinux().getResources()
              : LinuxContainerResources.parseFrom(changed),
          this,
          events);
    } catch (InvalidProtocolBufferException e) {
      throw new Fault.Internal("read record of container " + id + ": " + e.getMessage(), e);
    }
  }

  @FunctionalInterface
  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private static <T> List<T> query(Connection connection, String sql, RowReader<Optional<T>> reader)
      throws SQLException {
    List<T> rows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        reader.read(result).ifPresent(rows::add);
      }
    }
    return rows;
  }

  private static String json(Object state) {
    try {
      return JSON.writeValueAsString(state);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write state: " + e.getMessage(), e);
    }
  }

  private static <T> T parse(String text, Class<T> type, String what) {
    try {
      return JSON.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("read state of " + what + ": " + e.getOriginalMessage(), e);
    }
  }
}
