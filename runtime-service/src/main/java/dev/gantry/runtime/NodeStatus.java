package dev.gantry.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.cni.NetworkState;
import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.cri.v1.LinuxRuntimeConfiguration;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeConfigResponse;
import dev.gantry.cri.v1.RuntimeFeatures;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.RuntimeHandlerFeatures;
import dev.gantry.cri.v1.RuntimeStatus;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.HostFacts;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;

/** What the runtime says of itself and of this node. */
final class NodeStatus {
  /** The kubelet compares this with a constant of its own; it is not the version of CRI. */
  private static final String KUBELET_API = "0.1.0";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String gantryVersion;
  private final CgroupDriver driver;
  private final Handlers handlers;
  private final ContainerExecutors executors;
  private final Supplier<NetworkState> network;
  private final Map<String, Object> configuration;
  private final InstantSource clock;

  NodeStatus(
      String gantryVersion,
      CgroupDriver driver,
      Handlers handlers,
      ContainerExecutors executors,
      Supplier<NetworkState> network,
      Map<String, Object> configuration,
      InstantSource clock) {
    this.gantryVersion = gantryVersion;
    this.driver = driver;
    this.handlers = handlers;
    this.executors = executors;
    this.network = network;
    this.configuration = configuration;
    this.clock = clock;
  }

  long now() {
    return Times.nanos(clock.instant());
  }

  VersionResponse version() {
    return VersionResponse.newBuilder()
        .setVersion(KUBELET_API)
        .setRuntimeName("gantry")
        .setRuntimeVersion(gantryVersion)
        .setRuntimeApiVersion("v1")
        .build();
  }

  RuntimeConfigResponse runtimeConfig() {
    return RuntimeConfigResponse.newBuilder()
        .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(driver))
        .build();
  }

  StatusResponse status(boolean verbose) {
    NetworkState state = network.get();
    var response =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(
                        RuntimeCondition.newBuilder().setType("RuntimeReady").setStatus(true))
                    .addConditions(
                        RuntimeCondition.newBuilder()
                            .setType("NetworkReady")
                            .setStatus(state.ready())
                            .setReason(state.reason())
                            .setMessage(state.message())))
            .setFeatures(
                RuntimeFeatures.newBuilder()
                    .setSupplementalGroupsPolicy(true)
                    .setUserNamespacesHostNetwork(executors.of("").facts().idmappedMounts())
                    .setMountOptions(true));
    addHandler(response, "");
    new TreeSet<>(handlers.names()).forEach(name -> addHandler(response, name));
    if (verbose) {
      response.putInfo("config", json(configuration));
      response.putInfo("version", json(Map.of("gantry", gantryVersion)));
    }
    return response.build();
  }

  private void addHandler(StatusResponse.Builder response, String name) {
    HostFacts facts = executors.of(name).facts();
    response.addRuntimeHandlers(
        RuntimeHandler.newBuilder()
            .setName(name)
            .setFeatures(
                RuntimeHandlerFeatures.newBuilder()
                    .setRecursiveReadOnlyMounts(facts.recursiveReadOnly())
                    .setUserNamespaces(facts.idmappedMounts())));
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("describe configuration: " + e.getOriginalMessage(), e);
    }
  }
}
