package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a list, the very same object for as long as the list is of the same items, so that
 * who sends it need not serialize it again.
 *
 * @param <M> the answer
 */
final class LastList<M> {
  private record Answer<M>(List<ByteString> items, M message) {}

  private final Function<List<ByteString>, M> make;
  private volatile @Nullable Answer<M> last;

  LastList(Function<List<ByteString>, M> make) {
    this.make = make;
  }

  /**
   * @param items not changed any more; the same ones when they are the same objects
   */
  M of(List<ByteString> items) {
    Answer<M> answer = last;
    if (answer == null || !same(answer.items, items)) {
      answer = new Answer<>(items, make.apply(items));
      last = answer;
    }
    return answer.message;
  }

  @SuppressWarnings("ReferenceEquality") // equal bytes are compared faster by serializing them
  private static boolean same(List<ByteString> some, List<ByteString> others) {
    if (some.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < some.size(); i++) {
      if (some.get(i) != others.get(i)) {
        return false;
      }
    }
    return true;
  }
}
