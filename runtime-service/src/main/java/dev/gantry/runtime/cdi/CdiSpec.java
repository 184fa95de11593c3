package dev.gantry.runtime.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@code /etc/cdi} or {@code /var/run/cdi} (SPEC.md of CDI, version 1.1): devices of one
 * kind, and what a container needs for each and for any of them.
 */
record CdiSpec(
    String cdiVersion,
    String kind,
    @Nullable Map<String, String> annotations,
    List<Device> devices,
    @Nullable Edits containerEdits) {
  CdiSpec {
    devices = devices == null ? List.of() : List.copyOf(devices);
  }

  record Device(
      String name, @Nullable Map<String, String> annotations, @Nullable Edits containerEdits) {}

  /** What is added to a container. */
  record Edits(
      List<String> env,
      List<DeviceNode> deviceNodes,
      List<HostMount> mounts,
      List<Hook> hooks,
      List<Long> additionalGids,
      @Nullable JsonNode intelRdt,
      @Nullable JsonNode netDevices) {
    Edits {
      env = list(env);
      deviceNodes = list(deviceNodes);
      mounts = list(mounts);
      hooks = list(hooks);
      additionalGids = list(additionalGids);
    }

    private static <T> List<T> list(@Nullable List<T> value) {
      return value == null ? List.of() : List.copyOf(value);
    }
  }

  /** Without {@code type} and numbers: those of the node's device at {@code hostPath}. */
  record DeviceNode(
      String path,
      @Nullable String hostPath,
      @Nullable String type,
      @Nullable Long major,
      @Nullable Long minor,
      @Nullable Integer fileMode,
      @Nullable String permissions,
      @Nullable Long uid,
      @Nullable Long gid) {}

  record HostMount(
      String hostPath,
      String containerPath,
      @Nullable List<String> options,
      @Nullable String type) {}

  /** {@code timeout} in seconds. */
  record Hook(
      String hookName,
      String path,
      @Nullable List<String> args,
      @Nullable List<String> env,
      @Nullable Integer timeout) {}
}
