package dev.gantry.server.rpc;

import com.google.protobuf.MessageLite;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serializes the answers of lists once for as long as the service gives the same object. The
 * kubelet asks for them every second, and next to always nothing has changed.
 */
final class RepeatedAnswers {
  private static final Set<String> METHODS = Set.of("ListContainers", "ListPodSandbox");

  private RepeatedAnswers() {}

  static ServerServiceDefinition of(ServerServiceDefinition service) {
    ServerServiceDefinition.Builder changed =
        ServerServiceDefinition.builder(service.getServiceDescriptor().getName());
    service.getMethods().forEach(method -> changed.addMethod(remembering(method)));
    return changed.build();
  }

  private static <Q, R> ServerMethodDefinition<Q, R> remembering(
      ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
    if (!METHODS.contains(String.valueOf(descriptor.getBareMethodName()))) {
      return method;
    }
    return ServerMethodDefinition.create(
        descriptor.toBuilder()
            .setResponseMarshaller(new Remembering<>(descriptor.getResponseMarshaller()))
            .build(),
        method.getServerCallHandler());
  }

  private static final class Remembering<R> implements MethodDescriptor.Marshaller<R> {
    private static final class Answer {
      final Object message;
      final byte[] bytes;

      Answer(MessageLite message) {
        this.message = message;
        this.bytes = message.toByteArray();
      }
    }

    private final MethodDescriptor.Marshaller<R> marshaller;
    private volatile @Nullable Answer last;

    Remembering(MethodDescriptor.Marshaller<R> marshaller) {
      this.marshaller = marshaller;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // comparing what it says would take as long
    public InputStream stream(R value) {
      Answer answer = last;
      if (answer == null || answer.message != value) {
        answer = new Answer((MessageLite) value);
        last = answer;
      }
      return new Bytes(answer.bytes);
    }

    @Override
    public R parse(InputStream stream) {
      return marshaller.parse(stream);
    }
  }

  /** What gRPC copies in one piece: neither ByteString nor its super class writes its own array. */
  private static final class Bytes extends ByteArrayInputStream implements KnownLength, Drainable {
    Bytes(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = count - pos;
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
