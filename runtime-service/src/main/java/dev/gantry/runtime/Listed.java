package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnknownFieldSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a pod or a container stands in lists, serialized once for each of its states. The kubelet
 * lists everything every second: so an answer is made by putting bytes behind each other.
 *
 * @param <S> the state; the only part of an item that changes
 */
final class Listed<S> {
  private record Item<S>(S state, ByteString bytes) {}

  private final Function<S, MessageLite> make;
  private volatile @Nullable Item<S> last;

  Listed(Function<S, MessageLite> make) {
    this.make = make;
  }

  @SuppressWarnings("ReferenceEquality") // a state that is equal costs one more serialization
  ByteString in(S state) {
    Item<S> item = last;
    if (item == null || item.state != state) {
      item = new Item<>(state, make.apply(state).toByteString());
      last = item;
    }
    return item.bytes;
  }

  /**
   * Serialized messages as a repeated field of another. On the wire there is no difference between
   * a field of a message's type and one that it has as unknown (protobuf.dev, "Encoding").
   */
  static UnknownFieldSet field(int number, Iterable<ByteString> messages) {
    UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
    messages.forEach(field::addLengthDelimited);
    return UnknownFieldSet.newBuilder().addField(number, field.build()).build();
  }
}
