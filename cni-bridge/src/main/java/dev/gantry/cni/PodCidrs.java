package dev.gantry.cni;

import dev.gantry.cni.config.ConfTemplate;
import dev.gantry.cni.config.ConfigDirectory;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.Map;

/**
 * The networks that the cluster has given to this node's containers. The kubelet tells them once,
 * when they change, so they are kept over restarts.
 */
final class PodCidrs {
  private static final String FILE = "10-gantry.conflist";

  private final NetworkSettings settings;
  private final ConfigDirectory directory;
  private final Database database;
  private volatile List<String> current;

  PodCidrs(NetworkSettings settings, ConfigDirectory directory, Database database) {
    this.settings = settings;
    this.directory = directory;
    this.database = database;
    this.current = load();
  }

  /** The networks, or none when none were told. */
  List<String> current() {
    return current;
  }

  /**
   * Takes new networks. With a template, a configuration is made of it, unless an add-on has put
   * one in place.
   *
   * @param text one network, or several with commas
   */
  void set(String text) {
    List<String> cidrs = List.of(text.split(",", -1)).stream().map(String::strip).toList();
    cidrs.forEach(Cidr::parse);
    database.write(
        c -> {
          Database.update(c, "DELETE FROM cni_pod_cidr");
          return Database.update(c, "INSERT INTO cni_pod_cidr VALUES (?)", String.join(",", cidrs));
        });
    current = cidrs;
    Path template = settings.confTemplate();
    if (template != null && foreignConfiguration().isEmpty()) {
      write(render(template, cidrs));
    }
  }

  /** Configurations that aren't the one made here. */
  private List<NetworkConfig> foreignConfiguration() {
    Path own = settings.confDir().resolve(FILE);
    return Files.exists(own) ? List.of() : directory.networks();
  }

  private static String render(Path template, List<String> cidrs) {
    List<String> routes =
        cidrs.stream().map(c -> Cidr.parse(c).isIpv4() ? "0.0.0.0/0" : "::/0").toList();
    String text;
    try {
      text =
          ConfTemplate.render(
              Files.readString(template),
              Map.of(".PodCIDR", cidrs.getFirst(), ".PodCIDRRanges", cidrs, ".Routes", routes));
    } catch (IOException e) {
      throw new Fault.Precondition("read conf template " + template + ": " + e, e);
    }
    NetworkConfig.parse(text, "conf template " + template);
    return text;
  }

  private void write(String text) {
    Path file = settings.confDir().resolve(FILE);
    Path draft = settings.confDir().resolve("." + FILE + ".new");
    try {
      Files.createDirectories(settings.confDir());
      Files.writeString(draft, text);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Fault.Internal("write " + file + ": " + e, e);
    }
  }

  private List<String> load() {
    return database.read(
        c -> {
          try (PreparedStatement query = c.prepareStatement("SELECT cidrs FROM cni_pod_cidr");
              ResultSet rows = query.executeQuery()) {
            return rows.next() ? List.of(rows.getString(1).split(",", -1)) : List.of();
          }
        });
  }
}
