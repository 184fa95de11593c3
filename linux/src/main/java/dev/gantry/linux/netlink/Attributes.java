package dev.gantry.linux.netlink;

import dev.gantry.linux.Fault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes of a received message or of a nested attribute, by type. */
public final class Attributes {
  private static final int TYPE_MASK = 0x3fff;

  private final Map<Integer, List<byte[]>> values;

  private Attributes(Map<Integer, List<byte[]>> values) {
    this.values = values;
  }

  /** Reads the attributes that fill {@code bytes} from {@code offset} to its end. */
  static Attributes parse(byte[] bytes, int offset) {
    Map<Integer, List<byte[]>> values = new HashMap<>();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int at = offset;
    while (at + 4 <= bytes.length) {
      int length = Short.toUnsignedInt(in.getShort(at));
      int type = in.getShort(at + 2) & TYPE_MASK;
      if (length < 4 || at + length > bytes.length) {
        throw new Fault.Internal("parse netlink attribute " + type + ": bad length " + length);
      }
      byte[] value = new byte[length - 4];
      in.get(at + 4, value);
      values.computeIfAbsent(type, _ -> new ArrayList<>(1)).add(value);
      at += (length + 3) & ~3;
    }
    return new Attributes(values);
  }

  public boolean has(int type) {
    return values.containsKey(type);
  }

  /** The content; of a type that is there several times, that of the last. */
  public byte @Nullable [] bytes(int type) {
    List<byte[]> all = values.get(type);
    return all == null ? null : all.getLast();
  }

  /** The contents of all attributes of this type, in their order. */
  public List<byte[]> all(int type) {
    return List.copyOf(values.getOrDefault(type, List.of()));
  }

  /** 32 bits in host order, or {@code absent}. */
  public int intOr(int type, int absent) {
    byte[] value = bytes(type);
    return value == null || value.length < 4
        ? absent
        : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
  }

  /** 16 bits in host order, or {@code absent}. */
  public int shortOr(int type, int absent) {
    byte[] value = bytes(type);
    return value == null || value.length < 2
        ? absent
        : Short.toUnsignedInt(ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getShort());
  }

  /** One byte without sign, or {@code absent}. */
  public int byteOr(int type, int absent) {
    byte[] value = bytes(type);
    return value == null || value.length < 1 ? absent : Byte.toUnsignedInt(value[0]);
  }

  /** Text up to its NUL. */
  public @Nullable String text(int type) {
    byte[] value = bytes(type);
    if (value == null) {
      return null;
    }
    int end = 0;
    while (end < value.length && value[end] != 0) {
      end++;
    }
    return new String(value, 0, end, StandardCharsets.UTF_8);
  }

  /** The attributes inside an attribute; none when it is absent. */
  public Attributes nested(int type) {
    byte[] value = bytes(type);
    return value == null ? new Attributes(Map.of()) : parse(value, 0);
  }
}
