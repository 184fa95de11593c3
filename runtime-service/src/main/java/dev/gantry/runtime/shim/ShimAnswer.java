package dev.gantry.runtime.shim;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields and descriptors of one answer. Descriptors that nobody took are closed with it. */
final class ShimAnswer implements AutoCloseable {
  private final List<String> fields;
  private final List<Fd> descriptors;
  private final Set<Fd> taken = new HashSet<>();

  ShimAnswer(List<String> fields, List<Fd> descriptors) {
    this.fields = fields;
    this.descriptors = descriptors;
  }

  String text(int index) {
    if (index >= fields.size()) {
      throw new Fault.Internal("shim answered " + fields + ": field " + index + " is missing");
    }
    return fields.get(index);
  }

  int number(int index) {
    return Math.toIntExact(bigNumber(index));
  }

  long bigNumber(int index) {
    try {
      return Long.parseLong(text(index));
    } catch (NumberFormatException e) {
      throw new Fault.Internal("shim answered " + fields + ": field " + index + " is no number", e);
    }
  }

  /** Takes over a descriptor; null when the answer has not so many. */
  @Nullable Fd descriptor(int index) {
    if (index >= descriptors.size()) {
      return null;
    }
    Fd descriptor = descriptors.get(index);
    taken.add(descriptor);
    return descriptor;
  }

  /** Takes over a descriptor that has to be there. */
  Fd needDescriptor(int index) {
    Fd descriptor = descriptor(index);
    if (descriptor == null) {
      throw new Fault.Internal("shim answered " + fields + ": a descriptor is missing");
    }
    return descriptor;
  }

  @Override
  public void close() {
    for (Fd descriptor : descriptors) {
      if (!taken.contains(descriptor)) {
        descriptor.close();
      }
    }
  }
}
