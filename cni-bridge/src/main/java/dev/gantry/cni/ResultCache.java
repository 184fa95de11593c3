package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;

/**
 * Results where libcni keeps them, for the tools and plugins that look there and for another
 * runtime that takes over the node. Not what we ourselves rely on.
 */
final class ResultCache {
  private final Path directory;

  ResultCache(Path cacheDirectory) {
    this.directory = cacheDirectory.resolve("results");
  }

  void put(Reservation r, ObjectNode result) {
    ObjectNode json = Json.object();
    json.put("kind", "cniCacheV1");
    json.put("containerId", r.containerId());
    json.put(
        "config",
        Base64.getEncoder().encodeToString(r.network().text().getBytes(StandardCharsets.UTF_8)));
    json.put("ifName", r.ifName());
    json.put("networkName", r.network().name());
    json.put("netns", r.netnsPath());
    ArrayNode args = json.putArray("cniArgs");
    r.args().forEach((key, value) -> args.addArray().add(key).add(value));
    if (!r.capabilities().isEmpty()) {
      json.set("capabilityArgs", r.capabilities());
    }
    json.set("result", result);
    Path file = file(r);
    Path draft = file.resolveSibling("." + file.getFileName() + ".new");
    try {
      Files.createDirectories(directory);
      Files.writeString(draft, Json.text(json));
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Fault.Internal("write " + file + ": " + e, e);
    }
  }

  void delete(Reservation r) {
    try {
      Files.deleteIfExists(file(r));
    } catch (IOException e) {
      throw new Fault.Internal("delete " + file(r) + ": " + e, e);
    }
  }

  private Path file(Reservation r) {
    return directory.resolve(r.network().name() + "-" + r.containerId() + "-" + r.ifName());
  }
}
