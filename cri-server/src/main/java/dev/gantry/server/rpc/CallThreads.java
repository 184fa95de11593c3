package dev.gantry.server.rpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread for each call, interrupted when the call is cancelled or its deadline passes, so
 * that methods are written as plain blocking code. The interrupt reaches the method and nothing
 * after it: none is delivered once the method has returned.
 */
public final class CallThreads implements ServerInterceptor, AutoCloseable {
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 0).factory());

  /** Where grpc-java is to run the methods. */
  public ExecutorService executor() {
    return executor;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Interruption interruption = new Interruption();
    // The context is cancelled from a thread of its own, unlike the listener's onCancel, which
    // waits in line behind the method.
    Context.current().addListener(_ -> interruption.cancel(), Runnable::run);
    return new Interruptible<>(next.startCall(call, headers), interruption);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  /** Which thread to interrupt; none outside the method. */
  private static final class Interruption {
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread running;
    private boolean cancelled;

    void run(Runnable method) {
      lock.lock();
      try {
        running = Thread.currentThread();
        if (cancelled) {
          running.interrupt();
        }
      } finally {
        lock.unlock();
      }
      try {
        method.run();
      } finally {
        lock.lock();
        try {
          running = null;
        } finally {
          lock.unlock();
        }
        // Clears what arrived too late for the method: grpc-java goes on with this thread.
        Thread.interrupted();
      }
    }

    void cancel() {
      lock.lock();
      try {
        cancelled = true;
        if (running != null) {
          running.interrupt();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private static final class Interruptible<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Interruption interruption;

    Interruptible(ServerCall.Listener<Q> listener, Interruption interruption) {
      super(listener);
      this.interruption = interruption;
    }

    /** Methods with one request run here (io.grpc.stub.ServerCalls); CRI has no others. */
    @Override
    public void onHalfClose() {
      interruption.run(super::onHalfClose);
    }
  }
}
