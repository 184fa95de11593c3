package dev.gantry.runtime;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.stream.StreamUrls;

/**
 * Exec, Attach and PortForward: checks the request, and answers where its client is to connect.
 * What is asked for begins when the client does.
 */
final class StreamCalls {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final StreamUrls urls;

  StreamCalls(Registry<Pod> pods, Registry<Container> containers, StreamUrls urls) {
    this.pods = pods;
    this.containers = containers;
    this.urls = urls;
  }

  String exec(ExecRequest request) {
    Container container = containers.get(request.getContainerId());
    if (request.getCmdCount() == 0 || request.getCmd(0).isEmpty()) {
      throw new Fault.Invalid("cmd: must name a program");
    }
    requireStreams(request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    requireRunning(container, "exec in");
    return urls.exec(request.toBuilder().setContainerId(container.id()).build());
  }

  String attach(AttachRequest request) {
    Container container = containers.get(request.getContainerId());
    requireStreams(request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    requireRunning(container, "attach to");
    return urls.attach(request.toBuilder().setContainerId(container.id()).build());
  }

  String portForward(PortForwardRequest request) {
    Pod pod = pods.get(request.getPodSandboxId());
    requireReady(pod);
    for (int port : request.getPortList()) {
      if (port < 1 || port > 65_535) {
        throw new Fault.Invalid("port: %d is not between 1 and 65535".formatted(port));
      }
    }
    return urls.portForward(request.toBuilder().setPodSandboxId(pod.id()).build());
  }

  private static void requireStreams(boolean in, boolean out, boolean err, boolean terminal) {
    if (!in && !out && !err) {
      throw new Fault.Invalid("stdin, stdout, stderr: one of them must be asked for");
    }
    if (terminal && err) {
      throw new Fault.Invalid("stderr: a terminal has none of its own, it is part of stdout");
    }
  }

  static void requireRunning(Container container, String action) {
    if (!(container.state() instanceof ContainerState.Running)) {
      throw new Fault.Precondition(
          "%s container %s: it is not running".formatted(action, container.id()));
    }
  }

  static void requireReady(Pod pod) {
    if (!(pod.state() instanceof PodState.Ready)) {
      throw new Fault.Precondition(
          "forward ports of sandbox %s: it is not ready".formatted(pod.id()));
    }
  }
}
