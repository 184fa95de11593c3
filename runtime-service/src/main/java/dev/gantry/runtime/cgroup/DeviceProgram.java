package dev.gantry.runtime.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles device rules to an eBPF program that answers as the device controller of version 1 does:
 * a rule for all devices sets the default and forgets what came before; the others are exceptions
 * to it. Where nothing is allowed by default, every kind of access must be covered by one
 * exception; where all is allowed, none may be.
 */
final class DeviceProgram {
  // linux/bpf_common.h and linux/bpf.h
  private static final int LOAD_WORD = 0x61; // BPF_LDX | BPF_MEM | BPF_W
  private static final int MOVE32_REGISTER = 0xbc;
  private static final int MOVE64_VALUE = 0xb7;
  private static final int AND32_VALUE = 0x54;
  private static final int SHIFT_RIGHT32_VALUE = 0x74;
  private static final int JUMP_IF_NOT_VALUE = 0x55;
  private static final int JUMP_IF_VALUE = 0x15;
  private static final int JUMP_IF_NOT_REGISTER = 0x5d;
  private static final int EXIT = 0x95;

  // struct bpf_cgroup_dev_ctx
  private static final int ACCESS_TYPE_OFFSET = 0;
  private static final int MAJOR_OFFSET = 4;
  private static final int MINOR_OFFSET = 8;
  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;
  private static final int MKNOD = 1;
  private static final int READ = 2;
  private static final int WRITE = 4;
  private static final int ALL = MKNOD | READ | WRITE;

  private static final int RESULT = 0;
  private static final int SCRATCH = 1;
  private static final int CONTEXT = 1;
  private static final int TYPE = 2;
  private static final int ACCESS = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;

  /** An instruction before it is known how far it jumps. */
  private record Step(int code, int destination, int source, int offset, int value) {}

  /** What is not as by default, for one device or a range of them. */
  private record Rule(char type, long major, long minor, int access) {
    boolean sameDevices(Rule other) {
      return type == other.type && major == other.major && minor == other.minor;
    }
  }

  private DeviceProgram() {}

  /** Instructions for {@code CgroupDeviceProgram}. */
  static byte[] compile(List<DeviceRule> rules) {
    boolean allowed = false;
    List<Rule> exceptions = new ArrayList<>();
    for (DeviceRule rule : rules) {
      if (rule.type() == 'a') {
        allowed = rule.allow();
        exceptions.clear();
      } else {
        Rule one = new Rule(rule.type(), rule.major(), rule.minor(), bits(rule.access()));
        merge(exceptions, one, rule.allow() != allowed);
      }
    }
    List<Step> steps = new ArrayList<>();
    steps.add(new Step(LOAD_WORD, TYPE, CONTEXT, ACCESS_TYPE_OFFSET, 0));
    steps.add(new Step(MOVE32_REGISTER, ACCESS, TYPE, 0, 0));
    steps.add(new Step(AND32_VALUE, TYPE, 0, 0, 0xffff));
    steps.add(new Step(SHIFT_RIGHT32_VALUE, ACCESS, 0, 0, 16));
    steps.add(new Step(LOAD_WORD, MAJOR, CONTEXT, MAJOR_OFFSET, 0));
    steps.add(new Step(LOAD_WORD, MINOR, CONTEXT, MINOR_OFFSET, 0));
    for (Rule one : exceptions) {
      add(steps, one, allowed);
    }
    answer(steps, allowed);
    return encode(steps);
  }

  private static void merge(List<Rule> exceptions, Rule one, boolean add) {
    int access = 0;
    for (int i = 0; i < exceptions.size(); i++) {
      if (exceptions.get(i).sameDevices(one)) {
        access = exceptions.remove(i).access();
        break;
      }
    }
    access = add ? access | one.access() : access & ~one.access();
    if (access != 0) {
      exceptions.add(new Rule(one.type(), one.major(), one.minor(), access));
    }
  }

  private static void add(List<Step> steps, Rule one, boolean allowed) {
    List<Step> body = new ArrayList<>();
    body.add(new Step(JUMP_IF_NOT_VALUE, TYPE, 0, 0, one.type() == 'b' ? BLOCK : CHARACTER));
    if (one.major() >= 0) {
      body.add(new Step(JUMP_IF_NOT_VALUE, MAJOR, 0, 0, (int) one.major()));
    }
    if (one.minor() >= 0) {
      body.add(new Step(JUMP_IF_NOT_VALUE, MINOR, 0, 0, (int) one.minor()));
    }
    if (one.access() != ALL) {
      body.add(new Step(MOVE32_REGISTER, SCRATCH, ACCESS, 0, 0));
      body.add(new Step(AND32_VALUE, SCRATCH, 0, 0, one.access()));
      body.add(
          allowed
              ? new Step(JUMP_IF_VALUE, SCRATCH, 0, 0, 0)
              : new Step(JUMP_IF_NOT_REGISTER, SCRATCH, ACCESS, 0, 0));
    }
    answer(body, !allowed);
    for (int i = 0; i < body.size(); i++) {
      Step step = body.get(i);
      boolean jump =
          step.code() == JUMP_IF_NOT_VALUE
              || step.code() == JUMP_IF_VALUE
              || step.code() == JUMP_IF_NOT_REGISTER;
      int behind = body.size() - i - 1;
      steps.add(
          jump
              ? new Step(step.code(), step.destination(), step.source(), behind, step.value())
              : step);
    }
  }

  private static void answer(List<Step> steps, boolean allow) {
    steps.add(new Step(MOVE64_VALUE, RESULT, 0, 0, allow ? 1 : 0));
    steps.add(new Step(EXIT, 0, 0, 0, 0));
  }

  private static int bits(String access) {
    int bits = access.contains("m") ? MKNOD : 0;
    bits |= access.contains("r") ? READ : 0;
    bits |= access.contains("w") ? WRITE : 0;
    return bits;
  }

  private static byte[] encode(List<Step> steps) {
    ByteBuffer out = ByteBuffer.allocate(steps.size() * 8).order(ByteOrder.nativeOrder());
    for (Step step : steps) {
      out.put((byte) step.code());
      // Both machines that Gantry runs on have the destination in the low half.
      out.put((byte) (step.source() << 4 | step.destination()));
      out.putShort((short) step.offset());
      out.putInt(step.value());
    }
    return out.array();
  }
}
