package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeRecordsTest {
  private static final ContainerEvents EVENTS =
      new ContainerEvents(
          new Registry<>("sandbox"), new Registry<>("container"), InstantSource.system());

  @TempDir Path dir;

  static Pod.Identity pod(String id) {
    return new Pod.Identity(
        id,
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName("web").setNamespace("ns").setUid("u-" + id))
            .putAnnotations("a", "b\n\"c\"")
            .build(),
        "",
        123,
        "/run/netns/gantry-" + id,
        "/gantry/" + id,
        "boot-1",
        "s0:c3,c5");
  }

  static Container.Identity container(String id, String podId) {
    return new Container.Identity(
        id,
        podId,
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("c").setAttempt(2))
            .build(),
        5,
        "sha256:aa",
        "registry/x@sha256:bb",
        15,
        "/var/log/pods/x/0.log",
        "/gantry/" + podId + "/" + id,
        1000,
        1000,
        List.of(5L, 4294967294L));
  }

  @Test
  void whatWasRecordedIsThereAfterARestart() {
    try (Database database = Database.open(dir.resolve("db"))) {
      RuntimeRecords records = new RuntimeRecords(database, EVENTS);
      Pod pod = new Pod(pod("p1"), new PodState.Starting(), records, EVENTS);
      records.addPod(pod.identity(), pod.state());
      pod.transition(new PodState.Started(7, List.of("10.88.0.2", "fd00::2")));
      Container container =
          new Container(container("c1", "p1"), new ContainerState.Created(), records, EVENTS);
      records.addContainer(container.identity(), container.state());
      container.transition(new ContainerState.StartRequested());
      container.transition(new ContainerState.Started(42, 4711, 6));
      container.transition(new ContainerState.ProcessExited(3, false, 9));
      container.transition(new ContainerState.RemoveRequested());
    }
    try (Database database = Database.open(dir.resolve("db"))) {
      RuntimeRecords records = new RuntimeRecords(database, EVENTS);
      assertThat(records.loadPods())
          .singleElement()
          .satisfies(
              pod -> {
                assertThat(pod.identity()).isEqualTo(pod("p1"));
                assertThat(pod.state())
                    .isEqualTo(new PodState.Ready(7, List.of("10.88.0.2", "fd00::2")));
              });
      assertThat(records.loadContainers())
          .singleElement()
          .satisfies(
              container -> {
                assertThat(container.identity()).isEqualTo(container("c1", "p1"));
                assertThat(container.state())
                    .isEqualTo(
                        new ContainerState.Removing(
                            new ContainerState.Exited(6, 9, 3, "Error", "")));
                assertThat(container.awaitEnd(Duration.ZERO)).isTrue();
              });
    }
  }

  @Test
  void aStateThatCannotBeRecordedIsNotShown() {
    Database database = Database.open(dir.resolve("db"));
    RuntimeRecords records = new RuntimeRecords(database, EVENTS);
    Pod pod = new Pod(pod("p1"), new PodState.Starting(), records, EVENTS);
    database.close();

    assertThatThrownBy(() -> pod.transition(new PodState.RemoveRequested()))
        .isInstanceOf(Fault.class);
    assertThat(pod.state()).isEqualTo(new PodState.Starting());
  }

  @Test
  void whatHasHappenedIsShownAlsoWhenItCannotBeRecorded() {
    Database database = Database.open(dir.resolve("db"));
    RuntimeRecords records = new RuntimeRecords(database, EVENTS);
    Pod pod = new Pod(pod("p1"), new PodState.Ready(0, List.of()), records, EVENTS);
    Container container =
        new Container(container("c1", "p1"), new ContainerState.Running(1, 2, 3), records, EVENTS);
    database.close();

    container.transition(new ContainerState.ProcessExited(3, false, 9));
    assertThat(container.state()).isEqualTo(new ContainerState.Exited(3, 9, 3, "Error", ""));
    pod.transition(new PodState.Lost());
    assertThat(pod.state()).isEqualTo(new PodState.NotReady());
  }

  /** A disk that fails keeps the record of a container whose creation is being undone. */
  @Test
  void aRecordThatCouldNotBeRemovedGoesWithTheNextTransaction() {
    try (Database database = Database.open(dir.resolve("db"))) {
      RuntimeRecords records = new RuntimeRecords(database, EVENTS);
      records.addPod(pod("p1"), new PodState.Starting());
      records.addContainer(container("c1", "p1"), new ContainerState.Created());
      refuseRemovals(database, "container");
      assertThatThrownBy(() -> records.removeContainer("c1")).isInstanceOf(Fault.class);
      records.podState("p1", new PodState.NotReady());
      assertThat(records.loadContainers()).hasSize(1);
      allowRemovals(database);

      records.addContainer(container("c2", "p1"), new ContainerState.Created());

      assertThat(records.loadContainers()).extracting(Container::id).containsExactly("c2");
    }
  }

  @Test
  void aPodTakesRecordsWithItThatNobodyRemembers() {
    try (Database database = Database.open(dir.resolve("db"))) {
      RuntimeRecords records = new RuntimeRecords(database, EVENTS);
      records.addPod(pod("p1"), new PodState.Starting());
      records.addContainer(container("c1", "p1"), new ContainerState.Created());

      records.removePod("p1");

      assertThat(records.loadPods()).isEmpty();
      assertThat(records.loadContainers()).isEmpty();
    }
  }

  private static void refuseRemovals(Database database, String table) {
    database.write(
        c ->
            Database.update(
                c,
                "CREATE TRIGGER refuse BEFORE DELETE ON %s BEGIN SELECT RAISE(ABORT, 'disk'); END"
                    .formatted(table)));
  }

  private static void allowRemovals(Database database) {
    database.write(c -> Database.update(c, "DROP TRIGGER refuse"));
  }

  @Test
  void aBrokenRecordCostsNobodyElseAnything() {
    try (Database database = Database.open(dir.resolve("db"))) {
      RuntimeRecords records = new RuntimeRecords(database, EVENTS);
      for (String id : List.of("p1", "p2", "p3")) {
        records.addPod(pod(id), new PodState.Starting());
        records.addContainer(container("c" + id, id), new ContainerState.Created());
      }
      database.write(c -> Database.update(c, "UPDATE pod SET state = '{' WHERE id = 'p1'"));
      database.write(
          c -> Database.update(c, "UPDATE container SET config = x'ff' WHERE id = 'cp2'"));
      for (int start = 0; start < 2; start++) {
        assertThat(records.loadPods()).extracting(Pod::id).containsExactly("p2", "p3");
        assertThat(records.loadContainers()).extracting(Container::id).containsExactly("cp3");
      }
    }
  }
}
