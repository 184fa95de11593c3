package dev.gantry.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Bytes of a netlink message in the making: fixed fields and type-length-value attributes, each
 * aligned to four bytes (netlink(7), NLA_ALIGN).
 */
public final class AttributeWriter {
  private static final int NESTED = 0x8000;

  private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  AttributeWriter() {}

  AttributeWriter u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  AttributeWriter u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  AttributeWriter u32(int value) {
    room(4).putInt(value);
    return this;
  }

  AttributeWriter raw(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /** An attribute with any content. */
  public AttributeWriter attribute(int type, byte[] value) {
    int length = 4 + value.length;
    u16(length).u16(type).raw(value);
    return pad();
  }

  /** An attribute holding 32 bits in host order. */
  public AttributeWriter attributeInt(int type, int value) {
    return u16(8).u16(type).u32(value);
  }

  /** An attribute holding 64 bits in host order. */
  public AttributeWriter attributeLong(int type, long value) {
    ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value);
    return attribute(type, eight.array());
  }

  /** An attribute holding 16 bits in host order. */
  public AttributeWriter attributeShort(int type, int value) {
    return u16(6).u16(type).u16(value).pad();
  }

  /** An attribute holding one byte. */
  public AttributeWriter attributeByte(int type, int value) {
    return u16(5).u16(type).u8(value).pad();
  }

  /** An attribute holding a text ended by NUL. */
  public AttributeWriter attributeText(int type, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    return attribute(type, Arrays.copyOf(text, text.length + 1));
  }

  /** An attribute made of what {@code content} writes. */
  public AttributeWriter nested(int type, Consumer<AttributeWriter> content) {
    return block(type | NESTED, content);
  }

  /** As {@link #nested}, for the old attributes that must not carry the flag of nesting. */
  AttributeWriter block(int type, Consumer<AttributeWriter> content) {
    int start = bytes.position();
    u16(0).u16(type);
    content.accept(this);
    bytes.putShort(start, (short) (bytes.position() - start));
    return pad();
  }

  private AttributeWriter pad() {
    while (bytes.position() % 4 != 0) {
      u8(0);
    }
    return this;
  }

  private ByteBuffer room(int count) {
    if (bytes.remaining() < count) {
      ByteBuffer larger =
          ByteBuffer.allocate(2 * (bytes.capacity() + count)).order(ByteOrder.nativeOrder());
      larger.put(bytes.flip());
      bytes = larger;
    }
    return bytes;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
