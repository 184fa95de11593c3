package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.admin.v1.CheckNetworkRequest;
import dev.gantry.cri.admin.v1.CheckNetworkResponse;
import dev.gantry.cri.admin.v1.RuntimeAdminGrpc;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** CNI CHECK of pods, as an operator asks for it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NetworkCheckIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeAll
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"%s\"".formatted(dir.resolve("no-cni")));
    pods = new Pods(node, dir.resolve("logs"));
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private CheckNetworkResponse check(String pod) {
    return RuntimeAdminGrpc.newBlockingStub(node.channel())
        .withDeadlineAfter(60, TimeUnit.SECONDS)
        .checkNetwork(CheckNetworkRequest.newBuilder().setPodId(pod).build());
  }

  private String shim(String pod) {
    String info =
        node.runtime()
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).setVerbose(true).build())
            .getInfoOrThrow("info");
    Matcher pid = Pattern.compile("\"shimPid\":(\\d+)").matcher(info);
    assertThat(pid.find()).isTrue();
    return pid.group(1);
  }

  @Test
  void whatWasTakenFromAPodIsFoundAlsoAfterARestart() throws Exception {
    String pod = pods.run(pods.config("checked"));
    assertThat(check(pod).getProblem()).isEmpty();

    node.killDaemon();
    node.startDaemon();
    assertThat(check(pod).getProblem()).isEmpty();

    Commands.run(
        "nsenter", "--net=/proc/" + shim(pod) + "/ns/net", "ip", "route", "del", "default");
    assertThat(check(pod).getProblem()).contains("plugin bridge CHECK: route to 0.0.0.0/0 is gone");
    pods.stop(pod);
    assertThatThrownBy(() -> check(pod))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("FAILED_PRECONDITION")
        .hasMessageContaining("not ready");
    pods.removeStopped(pod);
  }
}
