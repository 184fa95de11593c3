package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same with systemd, which must be the init of the node; see deploy/test-vm. */
@Tag("vm")
class SystemdIT extends ContainedIT {
  @Override
  String parent() {
    return "gantryit-pod1.slice";
  }

  @Override
  String driver() {
    return "systemd";
  }

  @Test
  void systemdKnowsThePodAndLeavesItsContainersAlone() throws Exception {
    PodSandboxConfig config = config("known");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            limited(
                pods.container("main", "sleep", "600"),
                LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 << 20)));
    pods.start(id);
    String unit = "gantry-" + pod + ".scope";
    assertThat(Commands.run("systemctl", "show", unit))
        .contains("ActiveState=active", "Slice=gantryit-pod1.slice", "Delegate=yes")
        .contains("TasksMax=infinity");
    Commands.run("systemctl", "daemon-reload");
    Path cgroup = directories(id).getFirst();
    assertThat(cgroup)
        .isEqualTo(
            Path.of("/sys/fs/cgroup/gantryit.slice/gantryit-pod1.slice").resolve(unit).resolve(id));
    assertThat(cgroup.resolve("memory.max")).hasContent(Integer.toString(64 << 20));
    assertThat(Files.readString(cgroup.resolve("cgroup.procs"))).isNotBlank();

    node.killDaemon();
    node.startDaemon();
    assertThat(pods.exec(id, "echo", "still here").getStdout().toStringUtf8())
        .isEqualTo("still here\n");

    pods.remove(pod);
    TestNode.eventually(
        "the scope is gone",
        () -> !Commands.run("systemctl", "list-units", "--all", "gantry-*").contains(unit));
  }

  @Test
  void aPodWithoutAParentIsInASliceOfOurs() {
    PodSandboxConfig config = pods.config("orphan");
    String pod = pods.run(config);
    assertThat(directories(pod).getFirst())
        .isEqualTo(Path.of("/sys/fs/cgroup/gantry.slice/gantry-" + pod + ".scope"));
    pods.remove(pod);
    assertThat(directories(pod)).isEmpty();
  }
}
