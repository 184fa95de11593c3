package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.CDIDevice;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RemoveContainerRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A device of a vendor, from its file to the container, with the vendor's hooks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdiIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeAll
  void start() throws IOException {
    Path cdi = Files.createDirectory(dir.resolve("cdi"));
    Path library = Files.createDirectory(dir.resolve("library"));
    Files.writeString(library.resolve("version"), "7\n");
    Path hook = dir.resolve("hook");
    Files.writeString(hook, "#!/bin/sh\necho \"$1 $(cat)\" >> %s/hooks\n".formatted(dir));
    Commands.run("chmod", "755", hook.toString());
    Files.writeString(
        cdi.resolve("acme.yaml"),
        """
        cdiVersion: 0.8.0
        kind: acme.com/card
        containerEdits:
          mounts:
          - {hostPath: %1$s, containerPath: /opt/acme, options: [ro]}
        devices:
        - name: one
          containerEdits:
            env: [ACME=one]
            deviceNodes: [{path: /dev/card, hostPath: /dev/fuse, permissions: r}]
            hooks:
            - {hookName: createRuntime, path: %2$s, args: [hook, createRuntime]}
            - {hookName: createContainer, path: %2$s, args: [hook, createContainer]}
            - {hookName: poststart, path: %2$s, args: [hook, poststart]}
            - {hookName: poststop, path: %2$s, args: [hook, poststop]}
        - name: broken
          containerEdits:
            hooks: [{hookName: createContainer, path: /bin/false}]
        """
            .formatted(library, hook));
    node =
        new TestNode(
            dir,
            "cni_conf_dir = \"%s\"\n[runtime]\ncdi_dirs = [\"%s\"]"
                .formatted(dir.resolve("no-cni"), cdi));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private ContainerConfig with(String name, String device) {
    return pods.container(name, "sleep", "600")
        .addCDIDevices(CDIDevice.newBuilder().setName(device))
        .build();
  }

  @Test
  void theContainerHasTheDeviceAndItsHooksAreRunInOrder() throws IOException {
    PodSandboxConfig config = pods.config("card");
    String pod = pods.run(config);
    String id = pods.create(pod, config, with("main", "acme.com/card=one"));
    pods.start(id);
    assertThat(
            pods.exec(
                    id,
                    "sh",
                    "-c",
                    "echo $ACME; cat /opt/acme/version; stat -c %t:%T /dev/card;"
                        + " cat /dev/null < /dev/card && echo readable;"
                        + " (cat /dev/null > /dev/card) || echo read-only")
                .getStdout()
                .toStringUtf8())
        .isEqualTo("one\n7\na:e5\nreadable\nread-only\n");
    node.runtime().removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
    assertThat(Files.readAllLines(dir.resolve("hooks")))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("createRuntime {").contains("creating", id),
            line -> assertThat(line).startsWith("createContainer {").contains("\"bundle\""),
            line -> assertThat(line).startsWith("poststart {").contains("running"),
            line -> assertThat(line).startsWith("poststop {").contains("stopped"));
    pods.remove(pod);
  }

  @Test
  void aHookThatFailsFailsTheStart() {
    PodSandboxConfig config = pods.config("broken");
    String pod = pods.run(config);
    String id = pods.create(pod, config, with("main", "acme.com/card=broken"));
    assertThatThrownBy(() -> pods.start(id)).hasMessageContaining("hook /bin/false: exit status 1");
    assertThat(pods.status(id).getExitCode()).isEqualTo(128);
    assertThatThrownBy(() -> pods.create(pod, config, with("none", "acme.com/card=two")))
        .hasMessageContaining("acme.com/card=two: no such device");
    pods.remove(pod);
  }
}
