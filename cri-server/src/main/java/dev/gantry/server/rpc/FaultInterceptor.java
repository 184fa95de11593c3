package dev.gantry.server.rpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends every call in one way, whether its method returned, threw, or handed a failure to its
 * observer: the failure becomes a status ({@link FaultStatus}) and the call one {@link CallRecord}.
 * Must be the outermost interceptor.
 */
public final class FaultInterceptor implements ServerInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(FaultInterceptor.class);

  private final Consumer<CallRecord> ended;

  /**
   * @param ended told of each call once; must not block
   */
  public FaultInterceptor(Consumer<CallRecord> ended) {
    this.ended = ended;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Ending<Q, R> ending = new Ending<>(call, ended);
    try {
      return new Guard<>(next.startCall(ending, headers), ending);
    } catch (Throwable failure) {
      ending.fail(failure);
      return new ServerCall.Listener<>() {};
    }
  }

  /** The call as the method sees it: closing goes through here, once. */
  private static final class Ending<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final Consumer<CallRecord> ended;
    private final long started = System.nanoTime();
    private final Context context = Context.current();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean recorded = new AtomicBoolean();
    private volatile String subject = "";

    Ending(ServerCall<Q, R> call, Consumer<CallRecord> ended) {
      super(call);
      this.ended = ended;
    }

    void about(Object message) {
      String more = CallSubject.of(message);
      if (subject.isEmpty()) {
        subject = more;
      } else if (!more.isEmpty()) {
        subject = subject + " " + more; // the id of what was made under that name
      }
    }

    @Override
    public void sendMessage(R message) {
      if (getMethodDescriptor().getType() == MethodType.UNARY) {
        about(message);
      }
      super.sendMessage(message);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      // A failure handed to an observer arrives as UNKNOWN with the failure as its cause.
      Throwable cause = status.getCause();
      end(
          status.getCode() == Status.Code.UNKNOWN && cause != null ? translate(cause) : status,
          trailers);
    }

    void fail(Throwable failure) {
      end(translate(failure), new Metadata());
    }

    private void end(Status status, Metadata trailers) {
      if (closed.compareAndSet(false, true)) {
        record(status);
        super.close(status, trailers);
      }
    }

    private Status translate(Throwable failure) {
      if (FaultStatus.isDefect(failure)) {
        LOG.error("{} {} failed", method(), subject, failure);
      }
      Status status = FaultStatus.of(failure);
      boolean late = context.getDeadline() != null && context.getDeadline().isExpired();
      return late && status.getCode() == Status.Code.CANCELLED
          ? Status.DEADLINE_EXCEEDED.withDescription(status.getDescription())
          : status;
    }

    void record(Status status) {
      if (recorded.compareAndSet(false, true)) {
        Duration duration = Duration.ofNanos(System.nanoTime() - started);
        ended.accept(new CallRecord(method(), subject, duration, status));
      }
    }

    private String method() {
      return String.valueOf(getMethodDescriptor().getBareMethodName());
    }
  }

  private static final class Guard<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Ending<Q, ?> ending;

    Guard(ServerCall.Listener<Q> listener, Ending<Q, ?> ending) {
      super(listener);
      this.ending = ending;
    }

    @Override
    public void onMessage(Q message) {
      ending.about(message);
      guarded(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guarded(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guarded(super::onReady);
    }

    @Override
    public void onCancel() {
      guarded(super::onCancel);
      ending.record(Status.CANCELLED.withDescription("the caller went away"));
    }

    @Override
    public void onComplete() {
      guarded(super::onComplete);
    }

    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (Throwable failure) {
        ending.fail(failure);
      }
    }
  }
}
