package dev.gantry.runtime.cdi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories with descriptions of devices. Read anew for each container that asks for one: few
 * do, and vendors write there while nodes run. A later directory counts more than an earlier one.
 */
public final class CdiDirectories {
  private static final Logger LOG = LoggerFactory.getLogger(CdiDirectories.class);
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final ObjectMapper YAML = YAMLMapper.builder().build();

  private final List<Path> directories;

  public CdiDirectories(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /**
   * What the named devices need: for each what its file says of all its devices, once, then its
   * own.
   *
   * @throws Fault.Invalid when one is not there, or is there twice
   */
  List<CdiSpec.Edits> edits(List<DeviceName> names) {
    List<Path> broken = new ArrayList<>();
    List<Map<Path, CdiSpec>> levels = new ArrayList<>();
    directories.forEach(directory -> levels.addFirst(read(directory, broken)));
    Set<CdiSpec.Edits> all = new LinkedHashSet<>();
    for (DeviceName name : names) {
      Found found = find(name, levels, broken);
      if (found.spec().containerEdits() != null) {
        all.add(found.spec().containerEdits());
      }
      if (found.device().containerEdits() != null) {
        all.add(found.device().containerEdits());
      }
    }
    return List.copyOf(all);
  }

  private record Found(CdiSpec spec, CdiSpec.Device device) {}

  private static Found find(DeviceName name, List<Map<Path, CdiSpec>> levels, List<Path> broken) {
    for (Map<Path, CdiSpec> level : levels) {
      List<Found> found = new ArrayList<>();
      for (CdiSpec spec : level.values()) {
        if (name.kind().equals(spec.kind())) {
          spec.devices().stream()
              .filter(device -> name.name().equals(device.name()))
              .forEach(device -> found.add(new Found(spec, device)));
        }
      }
      if (found.size() > 1) {
        throw new Fault.Invalid("config.CDI_devices: %s: described twice".formatted(name));
      }
      if (!found.isEmpty()) {
        return found.getFirst();
      }
    }
    throw new Fault.Invalid(
        "config.CDI_devices: %s: no such device%s"
            .formatted(
                name, broken.isEmpty() ? "" : ", and these files cannot be read: " + broken));
  }

  /** One that cannot be read must not keep other vendors' devices away. */
  private static Map<Path, CdiSpec> read(Path directory, List<Path> broken) {
    Map<Path, CdiSpec> specs = new java.util.TreeMap<>();
    if (!Files.isDirectory(directory)) {
      return specs;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String name = file.toString();
        boolean yaml = name.endsWith(".yaml");
        if (yaml || name.endsWith(".json")) {
          try {
            specs.put(file, (yaml ? YAML : JSON).readValue(file.toFile(), CdiSpec.class));
          } catch (JsonProcessingException e) {
            LOG.warn("read {}: {}", file, e.getOriginalMessage());
            broken.add(file);
          }
        }
      }
      return specs;
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(directory, e), e);
    }
  }
}
