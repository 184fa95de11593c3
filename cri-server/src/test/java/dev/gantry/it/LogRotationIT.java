package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight containers write as fast as they can, their logs are rotated as the kubelet does it, but
 * several times a second, and the daemon is killed in the middle: each line is found once, in
 * order.
 */
class LogRotationIT {
  private static final int CONTAINERS = 8;

  /** Of each container; {@code -Dgantry.log.lines=6000000} keeps two cores busy for a minute. */
  private static final int LINES = Integer.getInteger("gantry.log.lines", 1_000_000);

  private static final int KILLED_AT = 3;

  @TempDir Path dir;

  /** The files of a container's log, in order; the last one is where it goes on. */
  private record Log(String id, List<Path> files) {
    static Log of(String id, Path path) {
      return new Log(id, new ArrayList<>(List.of(path)));
    }

    void rotate() throws IOException {
      Path path = files.getLast();
      Path rotated = path.resolveSibling(path.getFileName() + "." + files.size());
      files.add(files.size() - 1, Files.move(path, rotated));
    }

    /** Nothing was opened anew, so what has been renamed is the last file. */
    void takeBack() {
      files.removeLast();
    }

    long checkedLines() throws IOException {
      NumberedLines lines = new NumberedLines();
      for (Path file : files) {
        lines.check(file);
      }
      return lines.count();
    }
  }

  @Test
  void everyLineIsThereOnceAndInOrder() throws Exception {
    try (TestNode node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"")) {
      Pods pods = new Pods(node, dir.resolve("logs"));
      node.images()
          .pullImage(
              PullImageRequest.newBuilder()
                  .setImage(ImageSpec.newBuilder().setImage(TestNode.IMAGE))
                  .build());
      PodSandboxConfig config = pods.config("writers");
      String pod = pods.run(config);
      List<Log> logs = new ArrayList<>();
      for (int i = 0; i < CONTAINERS; i++) {
        String name = "w" + i;
        String id =
            pods.create(
                pod, config, pods.container(name, "seq", "1", Integer.toString(LINES)).build());
        pods.start(id);
        logs.add(Log.of(id, pods.log("writers", name)));
      }
      for (int round = 0; logs.stream().anyMatch(log -> runs(pods, log)); round++) {
        for (Log log : logs) {
          rotate(node, pods, log);
        }
        if (round == KILLED_AT) {
          node.killDaemon();
          node.startDaemon();
        }
        Thread.sleep(200);
      }
      assertThat(logs).allMatch(log -> log.files().size() > 2);
      pods.remove(pod);
      for (Log log : logs) {
        assertThat(log.checkedLines()).as("lines of " + log.files()).isEqualTo(LINES);
      }
    }
  }

  private static boolean runs(Pods pods, Log log) {
    return pods.status(log.id()).getState() == ContainerState.CONTAINER_RUNNING;
  }

  /** As the kubelet does it. A container that ends in between has no log to open any more. */
  private static void rotate(TestNode node, Pods pods, Log log) throws IOException {
    if (!runs(pods, log)) {
      return;
    }
    log.rotate();
    try {
      var _ =
          node.runtime()
              .reopenContainerLog(
                  ReopenContainerLogRequest.newBuilder().setContainerId(log.id()).build());
    } catch (StatusRuntimeException e) {
      if (runs(pods, log)) {
        throw e;
      }
      log.takeBack();
    }
  }
}
