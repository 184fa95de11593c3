package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.state.Database;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that somebody has damaged: named, and what they say nothing of goes on. */
class BrokenFilesIT {
  private static final String GARBAGE = "{\"hooks\": no longer what it was";

  @TempDir Path dir;
  private TestNode node;
  private Pods pods;
  private HostState before;

  @BeforeEach
  void start() throws IOException {
    node = TestNode.apart(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
    before = HostState.empty(node);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void withABrokenDatabaseTheNodeBeginsAnew() throws Exception {
    PodSandboxConfig config = pods.config("pod");
    String pod = pods.run(config);
    pods.start(pods.create(pod, config, pods.container("c", "sleep", "600").build()));
    node.killDaemon();
    Files.writeString(node.root().resolve("gantry.db"), GARBAGE);
    // It has all that was written since the file was last whole.
    Files.delete(node.root().resolve("gantry.db-wal"));
    node.startDaemon();

    assertThat(node.log()).contains("gantry.db is broken");
    assertThat(list()).isEmpty();
    node.pullImage();
    HostState.assertNothingLeft(node, before);
    pods.remove(pods.run(config));
  }

  @Test
  void brokenFilesOfOneContainerAreItsOwnTrouble() throws Exception {
    PodSandboxConfig config = pods.config("pod");
    String pod = pods.run(config);
    String ended = pods.create(pod, config, pods.container("e", "sleep", "1").build());
    String created = pods.create(pod, config, pods.container("c", "true").build());
    PodSandboxConfig otherConfig = pods.config("other");
    String other = pods.run(otherConfig);
    String runs = pods.create(other, otherConfig, pods.container("r", "sleep", "600").build());
    pods.start(runs);
    pods.start(ended);
    node.killDaemon();
    Path state = node.state().resolve("pods").resolve(pod);
    TestNode.eventually(
        "its exit is written down", () -> Files.exists(state.resolve("exit-" + ended)));
    Processes.shims(pod)
        .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    Files.writeString(state.resolve("exit-" + ended), GARBAGE);
    for (String file : List.of("config.json", "plan")) {
      Files.writeString(state.resolve("containers/" + created).resolve(file), GARBAGE);
    }
    node.startDaemon();

    assertThat(node.log()).contains("exit-" + ended + " is broken");
    assertThat(pods.status(ended).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(pods.status(ended).getExitCode()).isEqualTo(137);
    assertThatThrownBy(() -> pods.start(created)).isInstanceOf(StatusRuntimeException.class);
    assertThat(pods.exec(runs, "echo", "here").getStdout().toStringUtf8()).isEqualTo("here\n");
    assertThat(list())
        .allSatisfy(
            p ->
                assertThat(p.getState() == PodSandboxState.SANDBOX_READY)
                    .isEqualTo(p.getId().equals(other)));
    pods.remove(pod);
    pods.remove(other);
    HostState.assertNothingLeft(node, before);
  }

  /** The older one is what an undo has left that a failing disk cut short. */
  @Test
  void ofTwoRecordsUnderOneNameTheNewerOneStands() throws Exception {
    PodSandboxConfig config = pods.config("pod");
    String pod = pods.run(config);
    String container = pods.create(pod, config, pods.container("c", "sleep", "600").build());
    pods.start(container);
    node.killDaemon();
    try (Database database = Database.open(node.root().resolve("gantry.db"))) {
      String other = "f".repeat(64);
      copyOlder(database, "pod", pod, other);
      copyOlder(database, "container", container, other);
    }
    node.startDaemon();

    assertThat(list()).extracting(PodSandbox::getId).containsExactly(pod);
    assertThat(pods.exec(container, "echo", "here").getStdout().toStringUtf8()).isEqualTo("here\n");
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  private static void copyOlder(Database database, String table, String id, String otherId) {
    database.write(
        c -> {
          Database.update(
              c, "CREATE TEMP TABLE copy AS SELECT * FROM %s WHERE id = ?".formatted(table), id);
          Database.update(c, "UPDATE copy SET created_at = created_at - 1, id = ?", otherId);
          Database.update(c, "INSERT INTO %s SELECT * FROM copy".formatted(table));
          return Database.update(c, "DROP TABLE copy");
        });
  }

  private List<PodSandbox> list() {
    return node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
  }
}
