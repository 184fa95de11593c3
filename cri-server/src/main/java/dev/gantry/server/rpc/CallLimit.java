package dev.gantry.server.rpc;

import dev.gantry.linux.Fault;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Refuses calls beyond a number at once, so that a flood is answered and does not grow. A call
 * counts until its method has returned. Questions whether the daemon is alive always get through.
 */
final class CallLimit implements ServerInterceptor {
  private static final Set<String> ALWAYS = Set.of("Version", "Status");

  private final int most;
  private final AtomicInteger running = new AtomicInteger();

  /**
   * @param most calls at once
   */
  CallLimit(int most) {
    this.most = most;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
    if (ALWAYS.contains(method)) {
      return next.startCall(call, headers);
    }
    if (running.incrementAndGet() > most) {
      running.decrementAndGet();
      throw new Fault.Exhausted(
          "%s: %d calls are under way, as many as server.max_calls allows".formatted(method, most));
    }
    try {
      return new Counted<>(next.startCall(call, headers), running);
    } catch (RuntimeException e) {
      running.decrementAndGet();
      throw e;
    }
  }

  /** The one of both that ends a call comes behind its method, in the same line. */
  private static final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {
    private final AtomicInteger running;
    private final AtomicBoolean counted = new AtomicBoolean(true);

    Counted(ServerCall.Listener<Q> listener, AtomicInteger running) {
      super(listener);
      this.running = running;
    }

    @Override
    public void onCancel() {
      leave();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      leave();
      super.onComplete();
    }

    private void leave() {
      if (counted.compareAndSet(true, false)) {
        running.decrementAndGet();
      }
    }
  }
}
