package dev.gantry.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManifestsTest {
  private static final String MINIMAL =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web, uid: 0123456789}
      spec:
        containers:
        - name: main
          image: registry.example/web:1
      """;

  @TempDir private Path directory;

  @Test
  void theExamplesCanBeRead() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../docs/examples"))) {
      List<Path> manifests = files.filter(f -> f.toString().endsWith(".yaml")).toList();
      assertThat(manifests).hasSizeGreaterThanOrEqualTo(12);
      manifests.forEach(f -> assertThat(Manifests.read(List.of(f)).pods()).isNotEmpty());
    }
  }

  @Test
  void whatIsNotSaidIsAsAKubeletHasIt() {
    Manifests manifests = read(MINIMAL);
    PodManifest pod = manifests.pods().getFirst();
    assertThat(pod.restartPolicy()).isEqualTo(PodManifest.RestartPolicy.ALWAYS);
    assertThat(pod.graceSeconds()).isEqualTo(30);
    assertThat(pod.namespace()).isEqualTo("default");
    PodConfigs configs = new PodConfigs(pod, manifests, Path.of("/logs"), Map.of());
    PodSandboxConfig sandbox = configs.sandbox(Map.of("note", "x"));
    assertThat(sandbox.getHostname()).isEqualTo("web");
    assertThat(sandbox.getAnnotationsMap()).containsEntry("note", "x");
    ContainerManifest main = pod.containers().getFirst();
    assertThat(main.pullPolicy()).isEqualTo(ContainerManifest.PullPolicy.IF_NOT_PRESENT);
    ContainerConfig config = configs.container(main, "sha256:1", -1, 2, "10.0.0.1");
    assertThat(config.getLogPath()).isEqualTo("main/2.log");
    LinuxContainerSecurityContext security = config.getLinux().getSecurityContext();
    assertThat(security.getSeccomp().getProfileType())
        .isEqualTo(SecurityProfile.ProfileType.RuntimeDefault);
    assertThat(security.getMaskedPathsList()).contains("/proc/kcore");
    assertThat(security.getNoNewPrivs()).isFalse();
    assertThat(security.getNamespaceOptions().getPid()).isEqualTo(NamespaceMode.CONTAINER);
    assertThat(security.hasRunAsUser()).isFalse();
    assertThat(config.getLinux().getResources().getCpuShares()).isEqualTo(2);
  }

  @Test
  void anImageWithoutATagIsAlwaysPulled() {
    assertThat(policy("busybox")).isEqualTo(ContainerManifest.PullPolicy.ALWAYS);
    assertThat(policy("host:5000/busybox")).isEqualTo(ContainerManifest.PullPolicy.ALWAYS);
    assertThat(policy("busybox:latest")).isEqualTo(ContainerManifest.PullPolicy.ALWAYS);
    assertThat(policy("host:5000/busybox:1"))
        .isEqualTo(ContainerManifest.PullPolicy.IF_NOT_PRESENT);
    assertThat(policy("busybox@sha256:1")).isEqualTo(ContainerManifest.PullPolicy.IF_NOT_PRESENT);
  }

  @Test
  void aContainersSecurityWinsOverItsPods() {
    Manifests manifests =
        read(
            """
            kind: Pod
            metadata: {name: web}
            spec:
              securityContext: {runAsUser: 1000, runAsGroup: 1001, fsGroup: 7}
              hostNetwork: true
              containers:
              - name: main
                image: web:1
                securityContext:
                  runAsUser: 2000
                  privileged: true
                  capabilities: {add: [NET_ADMIN], drop: [ALL]}
                resources: {limits: {cpu: "1.5", memory: 1Gi}}
            """);
    PodManifest pod = manifests.pods().getFirst();
    PodConfigs configs = new PodConfigs(pod, manifests, Path.of("/logs"), Map.of());
    assertThat(configs.sandbox(Map.of()).getHostname()).isEmpty();
    ContainerConfig config = configs.container(pod.containers().getFirst(), "sha256:1", -1, 0, "");
    LinuxContainerSecurityContext security = config.getLinux().getSecurityContext();
    assertThat(security.getRunAsUser().getValue()).isEqualTo(2000);
    assertThat(security.getRunAsGroup().getValue()).isEqualTo(1001);
    assertThat(security.getSupplementalGroupsList()).containsExactly(7L);
    assertThat(security.getMaskedPathsList()).isEmpty();
    assertThat(security.getCapabilities().getAddCapabilitiesList()).containsExactly("NET_ADMIN");
    assertThat(security.getSeccomp().getProfileType())
        .isEqualTo(SecurityProfile.ProfileType.Unconfined);
    LinuxContainerResources resources = config.getLinux().getResources();
    assertThat(resources.getMemoryLimitInBytes()).isEqualTo(1L << 30);
    assertThat(resources.getCpuQuota()).isEqualTo(150_000);
    assertThat(resources.getCpuShares()).isEqualTo(1536);
  }

  @Test
  void rootIsRefusedWhereTheManifestForbidsIt() {
    Manifests manifests =
        read(MINIMAL.replace("spec:", "spec:\n  securityContext: {runAsNonRoot: true}"));
    PodManifest pod = manifests.pods().getFirst();
    PodConfigs configs = new PodConfigs(pod, manifests, Path.of("/logs"), Map.of());
    ContainerManifest main = pod.containers().getFirst();
    assertThat(configs.container(main, "x", 1000, 0, "").getMetadata().getName()).isEqualTo("main");
    for (long user : new long[] {0, -1}) {
      assertThatThrownBy(() -> configs.container(main, "x", user, 0, ""))
          .isInstanceOf(Fault.Invalid.class)
          .hasMessage("container main: runAsNonRoot, and it would run as root");
    }
  }

  @Test
  void variablesReferToEarlierOnes() {
    Manifests manifests =
        read(
            """
            kind: Pod
            metadata: {name: web}
            spec:
              volumes: [{name: v, hostPath: {path: /x}}]
              containers:
              - name: main
                image: web:1
                command: ["$(A)", "$$(A)", "$(NONE)", "$"]
                env: [{name: A, value: a$1}, {name: B, value: "$(A)-$(C)"}, {name: C, value: c}]
                volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]
            """);
    PodManifest pod = manifests.pods().getFirst();
    ContainerConfig config =
        new PodConfigs(pod, manifests, Path.of("/logs"), Map.of("v", Path.of("/x")))
            .container(pod.containers().getFirst(), "x", -1, 0, "");
    assertThat(config.getCommandList()).containsExactly("a$1", "$(A)", "$(NONE)", "$");
    assertThat(config.getEnvsList().stream().map(KeyValue::getValue).map(v -> v.toStringUtf8()))
        .containsExactly("a$1", "a$1-$(C)", "c");
    assertThat(config.getMounts(0).getPropagation())
        .isEqualTo(MountPropagation.PROPAGATION_BIDIRECTIONAL);
  }

  @Test
  void whatIsNotHonouredIsRefusedByName() {
    refused(
        MINIMAL + "    lifecycle: {preStop: {exec: {command: [x]}}}\n",
        "spec.containers[0].lifecycle: not supported here");
    refused(
        MINIMAL + "    livenessProbe: {httpGet: {port: 80}}\n",
        "spec.containers[0].livenessProbe.httpGet: only probes of the form exec are supported");
    refused(MINIMAL + "  hostAliases: [{ip: 10.0.0.1}]\n", "spec.hostAliases: not supported here");
    refused(MINIMAL + "  volumes: [{name: x, nfs: {path: /}}]\n", "spec.volumes[0].nfs: not");
    refused(MINIMAL + "    resources: {limits: {nvidia.com/gpu: 1}}\n", "only cpu and memory");
    refused(MINIMAL + "    resources: {limits: {memory: 1Q}}\n", "\"1Q\" is no quantity");
    refused(MINIMAL + "    volumeMounts: [{name: x, mountPath: /x}]\n", "there is no x");
    refused(
        MINIMAL
            + "    volumeMounts: [{name: x, mountPath: /x, subPath: ../y}]\n"
            + "  volumes: [{name: x, emptyDir: {}}]\n",
        "subPath: leads out of the volume");
    refused(
        MINIMAL
            + "    volumeMounts: [{name: x, mountPath: /x, subPath: y}]\n"
            + "  volumes: [{name: x, emptyDir: {}}]\n",
        "subPath of x: only in configMap and secret");
    refused("kind: Deployment\nmetadata: {name: x}\n", "kind \"Deployment\": only Pod, ConfigMap");
    refused("kind: Pod\nmetadata: {name: x}\nspec: {}\n", "spec.containers: is empty");
    refused("kind: Pod\n  metadata: x\n", "pod.yaml:2: ");
    refused("kind: Secret\nmetadata: {name: x}\ndata: {a: \"?\"}\n", "data.a: is not base64");
  }

  private ContainerManifest.PullPolicy policy(String image) {
    return read(MINIMAL.replace("registry.example/web:1", image))
        .pods()
        .getFirst()
        .containers()
        .getFirst()
        .pullPolicy();
  }

  private void refused(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(Fault.class)
        .hasMessageStartingWith(directory.toString())
        .hasMessageContaining(message);
  }

  private Manifests read(String yaml) {
    Path file = directory.resolve("pod.yaml");
    try {
      Files.writeString(file, yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Manifests.read(List.of(file));
  }
}
