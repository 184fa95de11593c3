package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import org.junit.jupiter.api.Test;

class MessageJsonTest {
  @Test
  void namesNumbersAndListsAreTheProtos() {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("c").setAttempt(2))
            .addCommand("sh")
            .addEnvs(KeyValue.newBuilder().setKey("A").setValue(ByteString.copyFromUtf8("ü")))
            .addMounts(
                Mount.newBuilder()
                    .setHostPath("/a")
                    .setReadonly(true)
                    .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL))
            .putLabels("k", "v")
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(
                        LinuxContainerResources.newBuilder().setMemoryLimitInBytes(1L << 40)))
            .build();
    assertThat(MessageJson.of(config))
        .hasToString(
            """
            {"metadata":{"name":"c","attempt":2},"command":["sh"],"envs":[{"key":"A","value":"ü"}],\
            "mounts":[{"host_path":"/a","readonly":true,"propagation":2}],"labels":{"k":"v"},\
            "linux":{"resources":{"memory_limit_in_bytes":1099511627776}}}""");
  }

  @Test
  void bytesThatAreNoTextAreBase64() {
    KeyValue value = KeyValue.newBuilder().setValue(ByteString.fromHex("ff00")).build();
    assertThat(MessageJson.of(value)).hasToString("{\"value\":\"/wA=\"}");
  }
}
