package dev.gantry.runtime.seccomp;

import dev.gantry.linux.SeccompFilter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes a filter answer ENOSYS for system calls that are newer than its profile. A profile cannot
 * refuse on purpose what it does not know, and libc takes EPERM for a final answer while ENOSYS
 * makes it fall back to an older call. Done by instructions put before libseccomp's program, for
 * the native architecture: a number above the newest one that the profile names is unknown to it.
 */
final class UnknownSyscalls {
  private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
  private static final int JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  private static final int JUMP_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
  private static final int JUMP_GREATER_EQUAL = 0x35; // BPF_JMP | BPF_JGE | BPF_K
  private static final int RETURN = 0x06; // BPF_RET | BPF_K

  private static final int OFFSET_NUMBER = 0; // struct seccomp_data
  private static final int OFFSET_ARCHITECTURE = 4;
  private static final int X32_BIT = 0x40000000;
  private static final int ERRNO_ENOSYS = 0x00050000 | 38;
  private static final int INSTRUCTIONS = 6;

  private UnknownSyscalls() {}

  /**
   * @param newest the highest native number that the profile names; -1 for none, which changes
   *     nothing
   */
  static byte[] answerEnosys(byte[] program, int newest) {
    if (newest < 0) {
      return program;
    }
    ByteBuffer longer =
        ByteBuffer.allocate(program.length + INSTRUCTIONS * 8).order(ByteOrder.nativeOrder());
    put(longer, LOAD_WORD, 0, 0, OFFSET_ARCHITECTURE);
    put(longer, JUMP_EQUAL, 0, 4, SeccompFilter.nativeArchitecture());
    put(longer, LOAD_WORD, 0, 0, OFFSET_NUMBER);
    put(longer, JUMP_GREATER_EQUAL, 2, 0, X32_BIT);
    put(longer, JUMP_GREATER, 0, 1, newest);
    put(longer, RETURN, 0, 0, ERRNO_ENOSYS);
    return longer.put(program).array();
  }

  private static void put(ByteBuffer program, int code, int ifTrue, int ifFalse, int operand) {
    program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(operand);
  }
}
