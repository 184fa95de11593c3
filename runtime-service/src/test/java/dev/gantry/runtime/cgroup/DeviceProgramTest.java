package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs the programs in an interpreter of the few instructions they use. */
class DeviceProgramTest {
  private static final DeviceRule DENY_ALL = new DeviceRule(false, 'a', -1, -1, "rwm");
  private static final DeviceRule ALLOW_ALL = new DeviceRule(true, 'a', -1, -1, "rwm");

  private static boolean allows(
      List<DeviceRule> rules, char type, int major, int minor, String access) {
    int bits = access.chars().map(c -> c == 'm' ? 1 : c == 'r' ? 2 : 4).sum();
    int[] context = {bits << 16 | (type == 'b' ? 1 : 2), major, minor};
    return run(DeviceProgram.compile(rules), context) == 1;
  }

  private static long run(byte[] program, int[] context) {
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
    long[] r = new long[11];
    boolean contextGone = false;
    for (int at = 0; ; at++) {
      int op = code.get(at * 8) & 0xff;
      int to = code.get(at * 8 + 1) & 0xf;
      int from = code.get(at * 8 + 1) >> 4 & 0xf;
      int offset = code.getShort(at * 8 + 2);
      int value = code.getInt(at * 8 + 4);
      switch (op) {
        case 0x61 -> {
          assertThat(contextGone).isFalse();
          r[to] = Integer.toUnsignedLong(context[offset / 4]);
        }
        case 0xbc -> {
          r[to] = r[from] & 0xffffffffL;
          contextGone |= to == 1;
        }
        case 0xb7 -> r[to] = value;
        case 0x54 -> r[to] = (int) r[to] & value & 0xffffffffL;
        case 0x74 -> r[to] = (r[to] & 0xffffffffL) >>> value;
        case 0x55 -> at += r[to] != value ? offset : 0;
        case 0x15 -> at += r[to] == value ? offset : 0;
        case 0x5d -> at += r[to] != r[from] ? offset : 0;
        case 0x95 -> {
          return r[0];
        }
        default -> throw new AssertionError("instruction " + op);
      }
    }
  }

  @Test
  void nothingIsAllowedWithoutRules() {
    assertThat(allows(List.of(), 'c', 1, 3, "r")).isFalse();
    assertThat(allows(List.of(ALLOW_ALL), 'b', 8, 0, "rwm")).isTrue();
  }

  @Test
  void allOfAnAccessMustBeAllowed() {
    List<DeviceRule> rules =
        List.of(
            DENY_ALL,
            new DeviceRule(true, 'c', 1, 3, "r"),
            new DeviceRule(true, 'c', 136, -1, "rw"),
            new DeviceRule(true, 'b', -1, -1, "m"));
    assertThat(allows(rules, 'c', 1, 3, "r")).isTrue();
    assertThat(allows(rules, 'c', 1, 3, "rw")).isFalse();
    assertThat(allows(rules, 'b', 1, 3, "r")).isFalse();
    assertThat(allows(rules, 'c', 1, 5, "r")).isFalse();
    assertThat(allows(rules, 'c', 136, 77, "rw")).isTrue();
    assertThat(allows(rules, 'c', 136, 77, "m")).isFalse();
    assertThat(allows(rules, 'b', 8, 1, "m")).isTrue();
  }

  @Test
  void rulesForTheSameDeviceAddUpAndTakeAway() {
    DeviceRule read = new DeviceRule(true, 'c', 10, 229, "r");
    DeviceRule write = new DeviceRule(true, 'c', 10, 229, "w");
    DeviceRule notRead = new DeviceRule(false, 'c', 10, 229, "r");
    assertThat(allows(List.of(read, write), 'c', 10, 229, "rw")).isTrue();
    assertThat(allows(List.of(read, write, notRead), 'c', 10, 229, "r")).isFalse();
    assertThat(allows(List.of(read, write, notRead), 'c', 10, 229, "w")).isTrue();
    assertThat(allows(List.of(read, DENY_ALL), 'c', 10, 229, "r")).isFalse();
  }

  @Test
  void anExceptionFromAllTakesAnyPartOfAnAccess() {
    List<DeviceRule> rules = List.of(ALLOW_ALL, new DeviceRule(false, 'b', 8, 0, "w"));
    assertThat(allows(rules, 'b', 8, 0, "r")).isTrue();
    assertThat(allows(rules, 'b', 8, 0, "rw")).isFalse();
    assertThat(allows(rules, 'b', 8, 1, "rw")).isTrue();
  }
}
