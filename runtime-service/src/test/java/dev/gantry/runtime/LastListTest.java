package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastListTest {
  private final LastList<List<ByteString>> last = new LastList<>(List::copyOf);
  private final ByteString one = ByteString.copyFromUtf8("one");
  private final ByteString two = ByteString.copyFromUtf8("two");

  @Test
  void theSameItemsAreTheSameAnswer() {
    List<ByteString> answer = last.of(List.of(one, two));

    assertThat(answer).containsExactly(one, two);
    assertThat(last.of(List.of(one, two))).isSameAs(answer);
  }

  @Test
  void whatHasChangedComeOrGoneIsANewOne() {
    List<ByteString> answer = last.of(List.of(one, two));
    ByteString changed = ByteString.copyFromUtf8("TWO");

    assertThat(last.of(List.of(one, changed))).isNotSameAs(answer).containsExactly(one, changed);
    assertThat(last.of(List.of(one))).containsExactly(one);
    assertThat(last.of(List.of(one, two, changed))).containsExactly(one, two, changed);
    assertThat(last.of(List.of())).isEmpty();
  }
}
