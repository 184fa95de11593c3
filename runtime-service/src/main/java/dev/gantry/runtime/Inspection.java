package dev.gantry.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.shim.Shim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The info map of verbose status answers: one key, {@code info}, whose value is JSON with the pid,
 * the configuration and the OCI spec, in the shape that users of crictl know.
 */
final class Inspection {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RuntimeLayout layout;
  private final Shims shims;
  private final PodNetwork network;
  private final ContainerCgroups cgroups;

  Inspection(RuntimeLayout layout, Shims shims, PodNetwork network, ContainerCgroups cgroups) {
    this.cgroups = cgroups;
    this.layout = layout;
    this.shims = shims;
    this.network = network;
  }

  Map<String, String> of(Pod pod) {
    ObjectNode info = JSON.createObjectNode();
    int pausePid = pod.state() instanceof PodState.Ready ready ? ready.pausePid() : 0;
    info.put("pid", pausePid);
    info.put("shimPid", shims.find(pod.id()).map(Shim::pid).orElse(0));
    info.put("netnsPath", pod.identity().netnsPath());
    ObjectNode results = info.putObject("cniResult");
    network
        .results(pod.identity())
        .forEach((ifName, result) -> results.set(ifName, parse(result, "result of " + ifName)));
    info.put("cgroup", pod.identity().cgroup());
    info.put("runtimeHandler", pod.identity().handler());
    info.set("config", MessageJson.of(pod.identity().config()));
    return Map.of("info", write(info));
  }

  Map<String, String> of(Container container) {
    var identity = container.identity();
    ObjectNode info = JSON.createObjectNode();
    info.put("sandboxID", identity.podId());
    info.put(
        "pid", container.state() instanceof ContainerState.Running running ? running.pid() : 0);
    info.put("cgroup", identity.cgroup());
    info.put("paused", cgroups.freezer(identity.cgroup()).isFrozen());
    info.set("config", MessageJson.of(identity.config()));
    Path spec = layout.configJson(identity.podId(), identity.id());
    if (Files.exists(spec)) {
      info.set("runtimeSpec", read(spec));
    }
    return Map.of("info", write(info));
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static JsonNode parse(String json, String what) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("read %s: %s".formatted(what, e.getOriginalMessage()), e);
    }
  }

  private static String write(ObjectNode info) {
    try {
      return JSON.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write info: " + e.getOriginalMessage(), e);
    }
  }
}
