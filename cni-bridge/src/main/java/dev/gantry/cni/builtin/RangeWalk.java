package dev.gantry.cni.builtin;

import dev.gantry.cni.result.Cidr;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Once around all addresses of a set of ranges, from behind the last one given. */
final class RangeWalk {
  private final List<AddressRange> ranges;
  private int index;
  private @Nullable InetAddress current;
  private @Nullable InetAddress first;

  RangeWalk(List<AddressRange> ranges, @Nullable InetAddress last) {
    this.ranges = ranges;
    for (int i = 0; last != null && i < ranges.size(); i++) {
      if (ranges.get(i).contains(last)) {
        index = i;
        current = last;
      }
    }
  }

  /** The range of the address just answered. */
  AddressRange range() {
    return ranges.get(index);
  }

  /** The next address that isn't a gateway; null when all were tried. */
  @Nullable InetAddress next() {
    while (true) {
      step();
      InetAddress candidate = current;
      if (candidate == null || candidate.equals(first)) {
        return null;
      }
      if (first == null) {
        first = candidate;
      }
      if (!candidate.equals(range().gateway())) {
        return candidate;
      }
    }
  }

  private void step() {
    InetAddress at = current;
    if (at == null) {
      current = range().start();
    } else if (at.equals(range().end())) {
      index = (index + 1) % ranges.size();
      current = range().start();
    } else {
      current = Cidr.after(at, 1);
    }
  }
}
