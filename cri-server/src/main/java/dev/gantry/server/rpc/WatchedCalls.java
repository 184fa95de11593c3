package dev.gantry.server.rpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Puts a watch around the method of each call. Must be within {@link CallThreads}. */
final class WatchedCalls implements ServerInterceptor {
  private final CallWatch watch;

  WatchedCalls(CallWatch watch) {
    this.watch = watch;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private String subject = "";

      @Override
      public void onMessage(Q message) {
        subject = CallSubject.of(message);
        super.onMessage(message);
      }

      // Methods with one request run here (io.grpc.stub.ServerCalls); CRI has no others.
      @Override
      public void onHalfClose() {
        watch.run(new CallWatch.Incoming(method, subject, headers), super::onHalfClose);
      }
    };
  }
}
