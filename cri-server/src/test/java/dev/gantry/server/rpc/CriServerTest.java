package dev.gantry.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxResponse;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real server on a real unix socket, with a service whose methods do what the test says. */
final class CriServerTest {
  private static final int MAX_MESSAGE = 16 << 20;
  private static final int MAX_CALLS = 4;

  @TempDir private Path directory;
  private final BlockingQueue<CallRecord> calls = new LinkedBlockingQueue<>();
  private final Scripted service = new Scripted();
  private UnixAddress address;
  private CriServer server;
  private MultiThreadIoEventLoopGroup loop;
  private ManagedChannel channel;
  private RuntimeServiceGrpc.RuntimeServiceBlockingStub stub;

  @BeforeEach
  void start() {
    address = new UnixAddress(directory.resolve("run/gantry.sock"));
    server =
        new CriServer(
            address, MAX_MESSAGE, MAX_CALLS, List.of(service), CallWatch.none(), calls::add);
    server.start();
    loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(address.path().toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loop)
            .maxInboundMessageSize(64 << 20)
            .usePlaintext()
            .build();
    stub = RuntimeServiceGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    server.stop(Duration.ofSeconds(1));
  }

  @Test
  void answersOnASocketOnlyForOwnerAndGroup() throws IOException {
    service.version = "1.2.3";
    assertThat(stub.version(VersionRequest.getDefaultInstance()).getRuntimeVersion())
        .isEqualTo("1.2.3");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(address.path())))
        .isEqualTo("rw-rw----");
    assertThat(service.wasVirtual).isTrue();
  }

  @Test
  void everyFaultHasItsCode() {
    assertThat(codeOf(new Fault.NotFound("x"))).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(codeOf(new Fault.AlreadyExists("x"))).isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(codeOf(new Fault.Invalid("x"))).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(codeOf(new Fault.Precondition("x"))).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(codeOf(new Fault.Unsupported("x"))).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(codeOf(new Fault.Unavailable("x"))).isEqualTo(Status.Code.UNAVAILABLE);
    // The kubelet strips no other code from the text in which it looks for these words.
    assertThat(codeOf(new Fault.Unavailable("RegistryUnavailable: x")))
        .isEqualTo(Status.Code.UNKNOWN);
    assertThat(codeOf(new Fault.Precondition("SignatureValidationFailed: x")))
        .isEqualTo(Status.Code.UNKNOWN);
    assertThat(codeOf(new Fault.Exhausted("x"))).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(codeOf(new Fault.Timeout("x"))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(codeOf(new Fault.Cancelled("x"))).isEqualTo(Status.Code.CANCELLED);
    assertThat(codeOf(new Fault.Internal("x"))).isEqualTo(Status.Code.INTERNAL);
    assertThat(codeOf(new Fault.Syscall(Errno.ENOSPC.number(), "write /x")))
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(codeOf(new Fault.Syscall(Errno.EPERM.number(), "mount /x")))
        .isEqualTo(Status.Code.INTERNAL);
  }

  @Test
  void theCallerReadsTheFaultsOwnWords() {
    service.failure = new Fault.NotFound("container abc: no such container");
    assertThatThrownBy(() -> stub.containerStatus(status("abc")))
        .hasMessage("NOT_FOUND: container abc: no such container");
    service.viaObserver = true;
    assertThatThrownBy(() -> stub.containerStatus(status("abc")))
        .hasMessage("NOT_FOUND: container abc: no such container");
  }

  @Test
  void aDefectIsInternalAndKeepsItsTextToItself() {
    service.failure = new IllegalStateException("password=hunter2");
    assertThatThrownBy(() -> stub.containerStatus(status("abc")))
        .hasMessageStartingWith("INTERNAL: internal error")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aTextTooLongForAHeaderIsCut() {
    service.failure = new Fault.Invalid("x".repeat(100_000));
    assertThat(code(() -> stub.containerStatus(status("abc"))))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void everyCallIsRecordedOnceWithItsSubject() throws InterruptedException {
    service.failure = new Fault.NotFound("x");
    assertThat(code(() -> stub.containerStatus(status("abc")))).isEqualTo(Status.Code.NOT_FOUND);
    CallRecord call = calls.poll(5, TimeUnit.SECONDS);
    assertThat(call.method()).isEqualTo("ContainerStatus");
    assertThat(call.subject()).isEqualTo("abc");
    assertThat(call.status().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(calls.poll(100, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void whatIsMadeIsRecordedByNameAndId() throws InterruptedException {
    RunPodSandboxRequest request =
        RunPodSandboxRequest.newBuilder()
            .setConfig(
                PodSandboxConfig.newBuilder()
                    .setMetadata(PodSandboxMetadata.newBuilder().setName("web")))
            .build();
    assertThat(stub.runPodSandbox(request).getPodSandboxId()).isEqualTo("p1");
    assertThat(calls.poll(5, TimeUnit.SECONDS).subject()).isEqualTo("web p1");
  }

  @Test
  void whatIsNotImplementedSaysSo() {
    assertThat(code(() -> stub.listContainers(ListContainersRequest.getDefaultInstance())))
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void sixteenMebibytesPassInBothDirections() {
    ByteString bytes = ByteString.copyFrom(new byte[MAX_MESSAGE]);
    ExecSyncRequest request =
        ExecSyncRequest.newBuilder().addCmdBytes(bytes.substring(0, MAX_MESSAGE - 100)).build();
    assertThat(stub.execSync(request).getStdout().size()).isEqualTo(MAX_MESSAGE - 100);
  }

  @Test
  void cancellingACallInterruptsItsMethod() throws InterruptedException {
    Context.CancellableContext context = Context.current().withCancellation();
    BlockingQueue<Status.Code> seen = new LinkedBlockingQueue<>();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () ->
                    context.run(
                        () ->
                            seen.add(code(() -> stub.status(StatusRequest.getDefaultInstance())))));
    assertThat(service.blocking.await(5, TimeUnit.SECONDS)).isTrue();
    context.cancel(null);
    assertThat(service.interrupted.await(5, TimeUnit.SECONDS)).isTrue();
    caller.join();
    assertThat(seen.poll()).isEqualTo(Status.Code.CANCELLED);
    assertThat(calls.poll(5, TimeUnit.SECONDS).status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void aDeadlineInterruptsTheMethod() throws InterruptedException {
    RuntimeServiceGrpc.RuntimeServiceBlockingStub hasty =
        stub.withDeadlineAfter(200, TimeUnit.MILLISECONDS);
    assertThat(code(() -> hasty.status(StatusRequest.getDefaultInstance())))
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(service.interrupted.await(5, TimeUnit.SECONDS)).isTrue();
    // The client's own clock may be first, and tell us by cancelling.
    assertThat(calls.poll(5, TimeUnit.SECONDS).status().getCode())
        .isIn(Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED);
  }

  @Test
  void stoppingWaitsForRunningCallsThenInterruptsThem() throws InterruptedException {
    Thread caller =
        Thread.ofVirtual().start(() -> code(() -> stub.status(StatusRequest.getDefaultInstance())));
    assertThat(service.blocking.await(5, TimeUnit.SECONDS)).isTrue();
    server.stop(Duration.ofMillis(200));
    assertThat(service.interrupted.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(address.path()).doesNotExist();
    caller.join();
  }

  @Test
  void callsBeyondTheLimitAreRefusedAtOnceAndPlacesComeFreeAgain() throws Exception {
    try (var callers = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      Context.CancellableContext context = Context.current().withCancellation();
      for (int i = 0; i < MAX_CALLS; i++) {
        callers.execute(
            context.wrap(
                () -> {
                  var _ =
                      code(() -> stub.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
                }));
      }
      service.waiting.acquire(MAX_CALLS);
      assertThatThrownBy(() -> stub.containerStatus(status("abc")))
          .hasMessageStartingWith("RESOURCE_EXHAUSTED: ContainerStatus: 4 calls are under way");
      assertThat(stub.version(VersionRequest.getDefaultInstance()).getRuntimeVersion())
          .isEqualTo("0");
      var _ = context.cancel(null);
    }
    for (int i = 0; i < 10 * MAX_CALLS; i++) {
      Status.Code code = codeOf(new Fault.NotFound("x"));
      if (code == Status.Code.NOT_FOUND) {
        return;
      }
      // The caller knows before the method does.
      assertThat(code).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      Thread.sleep(100);
    }
    throw new AssertionError("no place came free");
  }

  @Test
  void aSecondServerLeavesTheFirstOneAlone() {
    CriServer second =
        new CriServer(
            address, MAX_MESSAGE, MAX_CALLS, List.of(service), CallWatch.none(), calls::add);
    assertThatThrownBy(second::start)
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageContaining("another process serves it");
    service.version = "still here";
    assertThat(stub.version(VersionRequest.getDefaultInstance()).getRuntimeVersion())
        .isEqualTo("still here");
  }

  @Test
  void aSocketThatNobodyServesIsReplaced() throws IOException {
    Path path = directory.resolve("stale.sock");
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    CriServer next =
        new CriServer(
            new UnixAddress(path),
            MAX_MESSAGE,
            MAX_CALLS,
            List.of(service),
            CallWatch.none(),
            calls::add);
    next.start();
    next.stop(Duration.ofSeconds(1));
    assertThat(path).doesNotExist();
  }

  @Test
  void aFileThatIsNoSocketIsNotTouched() throws IOException {
    Path path = Files.writeString(directory.resolve("file"), "precious");
    CriServer wrong =
        new CriServer(
            new UnixAddress(path),
            MAX_MESSAGE,
            MAX_CALLS,
            List.of(service),
            CallWatch.none(),
            calls::add);
    assertThatThrownBy(wrong::start).hasMessageContaining("no socket");
    assertThat(path).hasContent("precious");
  }

  private Status.Code codeOf(RuntimeException failure) {
    service.failure = failure;
    return code(() -> stub.containerStatus(status("abc")));
  }

  private static ContainerStatusRequest status(String id) {
    return ContainerStatusRequest.newBuilder().setContainerId(id).build();
  }

  private static Status.Code code(Runnable call) {
    try {
      call.run();
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  private static final class Scripted extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    private volatile String version = "0";
    private volatile RuntimeException failure = new IllegalStateException("no script");
    private volatile boolean viaObserver;
    private volatile boolean wasVirtual;
    private final CountDownLatch blocking = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final Semaphore waiting = new Semaphore(0);

    /** Waits until it is interrupted. */
    @Override
    public void listPodSandbox(
        ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> observer) {
      waiting.release();
      try {
        Thread.sleep(Duration.ofSeconds(30));
      } catch (InterruptedException e) {
        throw new Fault.Cancelled("list: interrupted", e);
      }
    }

    @Override
    public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
      wasVirtual = Thread.currentThread().isVirtual();
      observer.onNext(VersionResponse.newBuilder().setRuntimeVersion(version).build());
      observer.onCompleted();
    }

    @Override
    public void containerStatus(
        ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> observer) {
      if (viaObserver) {
        observer.onError(failure);
      } else {
        throw failure;
      }
    }

    @Override
    public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> observer) {
      observer.onNext(ExecSyncResponse.newBuilder().setStdout(request.getCmdBytes(0)).build());
      observer.onCompleted();
    }

    @Override
    public void runPodSandbox(
        RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> observer) {
      observer.onNext(RunPodSandboxResponse.newBuilder().setPodSandboxId("p1").build());
      observer.onCompleted();
    }

    /** Blocks until it is interrupted. */
    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
      blocking.countDown();
      try {
        Thread.sleep(Duration.ofSeconds(30));
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw new Fault.Cancelled("status: interrupted", e);
      }
    }
  }
}
