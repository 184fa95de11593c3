package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the node's files and images want of containers: hooks, volumes. Needs root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HooksIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;
  private Path out;

  @BeforeAll
  void start() throws IOException {
    // Processes in user namespaces pass through, and write.
    Commands.run("chmod", "755", dir.toString());
    out = Files.createDirectories(dir.resolve("out"));
    Commands.run("chmod", "777", out.toString());
    Path hook = dir.resolve("hook");
    Files.writeString(hook, "#!/bin/sh\n{ cat; echo; hostname; id -u; } > %s/$1\n".formatted(out));
    Commands.run("chmod", "755", hook.toString());
    Path hooks = Files.createDirectories(dir.resolve("hooks.d"));
    for (String stage : List.of("createRuntime", "createContainer", "poststart", "poststop")) {
      file(hooks, stage, hook.toString(), "hook");
    }
    file(
        hooks,
        "startContainer",
        "/bin/sh",
        "\"sh\",\"-c\",\"(cat; echo; hostname; id -u; grep CapEff /proc/self/status;"
            + " grep NoNewPrivs /proc/self/status) > /tmp/hooked\"");
    node =
        new TestNode(
            dir,
            """
            cni_conf_dir = "%s"
            [runtime]
            hooks_dirs = ["%s"]
            refuse_missing_host_paths = ["%s"]
            """
                .formatted(dir.resolve("no-cni"), hooks, dir.resolve("disks")));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  private static void file(Path hooks, String stage, String program, String args)
      throws IOException {
    String words =
        args.equals("hook") ? "\"hook\",\"%s\"".formatted(stage) : args.replace("\\", "\\\\");
    Files.writeString(
        hooks.resolve(stage + ".json"),
        """
        {"version":"1.0.0","stages":["%s"],"when":{"annotations":{"^acme.com/hooked$":"yes"}},
         "hook":{"path":"%s","args":[%s],"env":["PATH=/bin:/usr/bin"]}}
        """
            .formatted(stage, program, words));
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private static PodSandboxConfig hooked(PodSandboxConfig config) {
    return config.toBuilder().putAnnotations("acme.com/hooked", "yes").build();
  }

  private List<String> lines(String stage) throws IOException {
    return Files.readAllLines(out.resolve(stage));
  }

  private void live(PodSandboxConfig config, String rootInside) throws IOException {
    String node = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    String pod = pods.run(config);
    ContainerConfig.Builder main = pods.container("main", "sleep", "600");
    main.getLinuxBuilder()
        .getSecurityContextBuilder()
        .setNamespaceOptions(
            config.getLinux().getSecurityContext().getNamespaceOptions().toBuilder())
        .setNoNewPrivs(true)
        .getSeccompBuilder()
        .setProfileType(ProfileType.RuntimeDefault);
    String id = pods.create(pod, config, main.build());
    pods.start(id);
    assertThat(lines("createRuntime").getFirst()).contains("\"creating\"", id);
    assertThat(lines("createRuntime").subList(1, 3)).containsExactly(node, "0");
    assertThat(lines("createContainer").subList(1, 3))
        .containsExactly(config.getHostname(), rootInside);
    List<String> inside =
        pods.exec(id, "cat", "/tmp/hooked").getStdout().toStringUtf8().lines().toList();
    assertThat(inside.getFirst()).contains("\"created\"", id);
    assertThat(inside.subList(1, 3)).containsExactly(config.getHostname(), "0");
    assertThat(inside.subList(3, 5))
        .containsExactly(
            pods.exec(id, "grep", "CapEff", "/proc/self/status").getStdout().toStringUtf8().strip(),
            "NoNewPrivs:\t1");
    assertThat(lines("poststart").getFirst()).contains("\"running\"", id);
    this.node
        .runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
    assertThat(lines("poststop").getFirst()).contains("\"stopped\"", id);
    pods.remove(pod);
    for (String stage : List.of("createRuntime", "createContainer", "poststart", "poststop")) {
      Files.delete(out.resolve(stage));
    }
  }

  @Test
  void allStagesOfAPodThatMatches() throws IOException {
    live(hooked(pods.config("hooked")), "0");
  }

  @Test
  void allStagesOfAPodWithAUserNamespace() throws IOException {
    IDMapping ids = IDMapping.newBuilder().setHostId(300_000).setLength(65_536).build();
    PodSandboxConfig.Builder mapped = hooked(pods.config("mapped")).toBuilder();
    mapped
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.CONTAINER)
        .setUsernsOptions(
            UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(ids).addGids(ids));
    live(mapped.build(), "0");
  }

  @Test
  void othersHaveNone() throws IOException {
    PodSandboxConfig config = pods.config("plain");
    String pod = pods.run(config);
    pods.start(pods.create(pod, config, pods.container("main", "sleep", "600").build()));
    assertThat(out).isEmptyDirectory();
    pods.remove(pod);
  }

  @Test
  void volumesOfTheImageCanBeWrittenToUnderAReadOnlyRoot() {
    PodSandboxConfig config = pods.config("volumes");
    String pod = pods.run(config);
    ContainerConfig.Builder main = pods.container("main", "sleep", "600");
    main.getLinuxBuilder().getSecurityContextBuilder().setReadonlyRootfs(true);
    String id = pods.create(pod, config, main.build());
    pods.start(id);
    assertThat(
            pods.exec(
                    id,
                    "sh",
                    "-c",
                    "touch /no || touch /srv/data/yes && ls /srv/data && stat -c %a /srv/data")
                .getStdout()
                .toStringUtf8())
        .isEqualTo("yes\n755\n");
    pods.remove(pod);
  }

  @Test
  void missingHostPathsAreMadeOrRefused() {
    PodSandboxConfig config = pods.config("paths");
    String pod = pods.run(config);
    assertThatThrownBy(() -> pods.create(pod, config, mounting(dir.resolve("disks/one"))))
        .hasMessageContaining(
            "config.mounts.host_path: %s/disks/one does not exist".formatted(dir));
    assertThat(dir.resolve("disks")).doesNotExist();
    pods.create(pod, config, mounting(dir.resolve("made")));
    assertThat(dir.resolve("made")).isDirectory();
    pods.remove(pod);
  }

  private ContainerConfig mounting(Path path) {
    return pods.container("main", "true")
        .addMounts(Mount.newBuilder().setContainerPath("/x").setHostPath(path.toString()))
        .build();
  }
}
