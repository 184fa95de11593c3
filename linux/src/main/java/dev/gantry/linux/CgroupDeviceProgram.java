package dev.gantry.linux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;

/**
 * An eBPF program that decides on the use of devices in a cgroup of version 2 (bpf(2),
 * BPF_PROG_TYPE_CGROUP_DEVICE), which has no files for that.
 */
public final class CgroupDeviceProgram {
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  private static final int PROG_DETACH = 9;
  private static final int PROG_GET_FD_BY_ID = 13;
  private static final int PROG_QUERY = 16;
  private static final int TYPE_CGROUP_DEVICE = 15;
  private static final int ATTACH_CGROUP_DEVICE = 6;

  /** Programs of ancestors and of others on the same cgroup count as well; all must allow. */
  private static final int ALLOW_MULTI = 2;

  private static final int ATTRIBUTE_BYTES = 128;
  private static final int LOG_BYTES = 4096;
  private static final int MOST_PROGRAMS = 64;
  private static final int INSTRUCTION_BYTES = 8;
  private static final int O_RDONLY_DIRECTORY = 0200000;

  private CgroupDeviceProgram() {}

  /**
   * Makes {@code program} the one that decides in the cgroup; those attached to it before go. May
   * be repeated. At no moment is the cgroup without a program.
   *
   * @param program instructions of 8 bytes each, in the byte order of this machine
   * @throws Fault.Syscall as bpf(2) refuses it
   */
  public static void replace(String cgroup, byte[] program) {
    try (Fd directory = Fd.open(cgroup, O_RDONLY_DIRECTORY, 0)) {
      List<Integer> before = attached(directory, cgroup);
      try (Fd loaded = load(program)) {
        Pointer attach = Native.allocate(ATTRIBUTE_BYTES);
        attach.putInt(0, directory.number());
        attach.putInt(4, loaded.number());
        attach.putInt(8, ATTACH_CGROUP_DEVICE);
        attach.putInt(12, ALLOW_MULTI);
        call(PROG_ATTACH, attach, "attach device program to " + cgroup);
      }
      before.forEach(id -> detach(directory, id, cgroup));
    }
  }

  private static Fd load(byte[] program) {
    Pointer code = Native.allocate(program.length);
    code.put(0, program, 0, program.length);
    byte[] licenseText = "Apache-2.0\0".getBytes(StandardCharsets.US_ASCII);
    Pointer license = Native.allocate(licenseText.length);
    license.put(0, licenseText, 0, licenseText.length);
    Pointer log = Native.allocate(LOG_BYTES);
    Pointer load = Native.allocate(ATTRIBUTE_BYTES);
    load.putInt(0, TYPE_CGROUP_DEVICE);
    load.putInt(4, program.length / INSTRUCTION_BYTES);
    load.putLong(8, code.address());
    load.putLong(16, license.address());
    long fd = LibcBpf.C.syscall(LibcBpf.SYS_BPF, PROG_LOAD, load, ATTRIBUTE_BYTES);
    if (fd >= 0) {
      return new Fd((int) fd, "device program");
    }
    int errno = Native.errno();
    // Once more with a log, so that the message says what the verifier minds.
    load.putInt(24, 1);
    load.putInt(28, LOG_BYTES);
    load.putLong(32, log.address());
    long second = LibcBpf.C.syscall(LibcBpf.SYS_BPF, PROG_LOAD, load, ATTRIBUTE_BYTES);
    if (second >= 0) {
      return new Fd((int) second, "device program");
    }
    String text = log.getString(0, LOG_BYTES, StandardCharsets.US_ASCII).strip();
    throw Native.failure(
        errno, "load device program" + (text.isEmpty() ? "" : ": " + text.replace('\n', ' ')));
  }

  private static List<Integer> attached(Fd directory, String cgroup) {
    Pointer ids = Native.allocate(4 * MOST_PROGRAMS);
    Pointer query = Native.allocate(ATTRIBUTE_BYTES);
    query.putInt(0, directory.number());
    query.putInt(4, ATTACH_CGROUP_DEVICE);
    query.putLong(16, ids.address());
    query.putInt(24, MOST_PROGRAMS);
    call(PROG_QUERY, query, "list device programs of " + cgroup);
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < query.getInt(24); i++) {
      found.add(ids.getInt(4L * i));
    }
    return found;
  }

  private static void detach(Fd directory, int id, String cgroup) {
    Pointer byId = Native.allocate(ATTRIBUTE_BYTES);
    byId.putInt(0, id);
    int number = (int) call(PROG_GET_FD_BY_ID, byId, "open device program of " + cgroup);
    try (Fd program = new Fd(number, "device program")) {
      Pointer detach = Native.allocate(ATTRIBUTE_BYTES);
      detach.putInt(0, directory.number());
      detach.putInt(4, program.number());
      detach.putInt(8, ATTACH_CGROUP_DEVICE);
      call(PROG_DETACH, detach, "detach device program from " + cgroup);
    }
  }

  private static long call(int command, Pointer attributes, String action) {
    long result = LibcBpf.C.syscall(LibcBpf.SYS_BPF, command, attributes, ATTRIBUTE_BYTES);
    if (result < 0) {
      throw Native.failure(Native.errno(), action);
    }
    return result;
  }
}
