package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxState;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListedTest {
  @Test
  void anItemIsMadeOnceForEachState() {
    int[] made = {0};
    Listed<PodSandboxState> listed =
        new Listed<>(
            state -> {
              made[0]++;
              return PodSandbox.newBuilder().setId("a").setState(state).build();
            });
    var ready = listed.in(PodSandboxState.SANDBOX_READY);
    assertThat(listed.in(PodSandboxState.SANDBOX_READY)).isSameAs(ready);
    assertThat(made[0]).isEqualTo(1);
    assertThat(listed.in(PodSandboxState.SANDBOX_NOTREADY)).isNotEqualTo(ready);
    assertThat(made[0]).isEqualTo(2);
  }

  @Test
  void aListOfSerializedItemsReadsAsOneOfMessages() throws Exception {
    PodSandbox a = PodSandbox.newBuilder().setId("a").putLabels("x", "y").build();
    PodSandbox b = PodSandbox.newBuilder().setId("b").setCreatedAt(7).build();
    var sent =
        ListPodSandboxResponse.newBuilder()
            .setUnknownFields(
                Listed.field(
                    ListPodSandboxResponse.ITEMS_FIELD_NUMBER,
                    List.of(a.toByteString(), b.toByteString())))
            .build();
    assertThat(ListPodSandboxResponse.parseFrom(sent.toByteString()))
        .isEqualTo(ListPodSandboxResponse.newBuilder().addItems(a).addItems(b).build());
  }
}
