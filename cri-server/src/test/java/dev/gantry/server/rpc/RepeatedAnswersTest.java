package dev.gantry.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ListContainersResponse;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import io.grpc.Drainable;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatedAnswersTest {
  private final ServerServiceDefinition plain =
      new RuntimeServiceGrpc.RuntimeServiceImplBase() {}.bindService();
  private final ServerServiceDefinition remembering = RepeatedAnswers.of(plain);

  @Test
  void anAnswerIsOnTheWireWhatItIs() throws IOException {
    MethodDescriptor<?, ListContainersResponse> list = method("ListContainers");
    ListContainersResponse one = list("one");
    ListContainersResponse two = list("two");

    for (ListContainersResponse answer : new ListContainersResponse[] {one, one, two, one}) {
      try (InputStream stream = list.streamResponse(answer)) {
        assertThat(stream.available()).isEqualTo(answer.getSerializedSize());
        assertThat(list.parseResponse(stream)).isEqualTo(answer);
      }
    }
  }

  @Test
  void theSameAnswerIsSerializedOnce() throws IOException {
    MethodDescriptor<?, ListContainersResponse> list = method("ListContainers");
    ListContainersResponse one = list("one");
    byte[] first = written(list, one);

    assertThat(written(list, one)).isSameAs(first);
    assertThat(written(list, list("one"))).isNotSameAs(first).isEqualTo(first);
  }

  /** The very array that gRPC is given. */
  private static byte[] written(
      MethodDescriptor<?, ListContainersResponse> list, ListContainersResponse answer)
      throws IOException {
    List<byte[]> given = new ArrayList<>();
    OutputStream target =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("in one piece");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            given.add(bytes);
          }
        };
    try (InputStream stream = list.streamResponse(answer)) {
      assertThat(((Drainable) stream).drainTo(target)).isEqualTo(answer.getSerializedSize());
    }
    assertThat(given).hasSize(1);
    return given.getFirst();
  }

  @Test
  void allOtherMethodsAreAsTheyWere() {
    assertThat(remembering.getServiceDescriptor().getName())
        .isEqualTo(plain.getServiceDescriptor().getName());
    assertThat(remembering.getMethods()).hasSameSizeAs(plain.getMethods());
    assertThat(remembering.getMethod("runtime.v1.RuntimeService/ExecSync"))
        .isSameAs(plain.getMethod("runtime.v1.RuntimeService/ExecSync"));
  }

  @SuppressWarnings("unchecked") // of a generated service
  private <M extends MessageLite> MethodDescriptor<?, M> method(String name) {
    return (MethodDescriptor<?, M>)
        java.util.Objects.requireNonNull(
                remembering.getMethod("runtime.v1.RuntimeService/" + name), name)
            .getMethodDescriptor();
  }

  private static ListContainersResponse list(String id) {
    return ListContainersResponse.newBuilder()
        .addContainers(Container.newBuilder().setId(id))
        .build();
  }
}
