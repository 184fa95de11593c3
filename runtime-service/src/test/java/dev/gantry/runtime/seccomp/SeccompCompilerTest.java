package dev.gantry.runtime.seccomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.linux.SeccompFilter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeccompCompilerTest {
  private static final int ALLOW = 0x7fff0000;
  private static final int EPERM = 0x00050001;
  private static final int ENOSYS = 0x00050000 | 38;

  private final SeccompCompiler compiler =
      new SeccompCompiler("6.1.0", System.getProperty("os.arch"));

  @Test
  void theDefaultProfileAllowsWorkAndForbidsMounting() {
    String plain = compiler.compile(SeccompProfile.ofRuntime(), Set.of()).bpf();

    assertThat(run(plain, "read")).isEqualTo(ALLOW);
    assertThat(run(plain, "openat2")).isEqualTo(ALLOW);
    assertThat(run(plain, "mount")).isEqualTo(EPERM);
    assertThat(run(plain, "unshare")).isEqualTo(EPERM);
    assertThat(run(plain, "keyctl")).isEqualTo(EPERM);
    assertThat(run(plain, "io_uring_setup")).isEqualTo(EPERM);
    assertThat(run(plain, "clone3")).isEqualTo(ENOSYS);
  }

  /** CVE-2022-0185 and its class: what the kernel does with mounts is for administrators. */
  @Test
  void theNewWaysToMountAreClosedLikeTheOldOnes() {
    String plain = compiler.compile(SeccompProfile.ofRuntime(), Set.of()).bpf();

    for (String call :
        List.of(
            "fsopen",
            "fsconfig",
            "fsmount",
            "fspick",
            "open_tree",
            "move_mount",
            "mount_setattr",
            "umount2",
            "pivot_root",
            "setns")) {
      assertThat(run(plain, call)).as(call).isEqualTo(EPERM);
    }
  }

  @Test
  void capabilitiesOpenWhatTheyAreFor() {
    String admin = compiler.compile(SeccompProfile.ofRuntime(), Set.of("CAP_SYS_ADMIN")).bpf();

    assertThat(run(admin, "mount")).isEqualTo(ALLOW);
    assertThat(run(admin, "clone3")).isEqualTo(ALLOW);
    assertThat(run(admin, "reboot")).isEqualTo(EPERM);
  }

  @Test
  void newNamespacesAreAMatterOfTheFlagsOfClone() {
    String plain = compiler.compile(SeccompProfile.ofRuntime(), Set.of()).bpf();
    int clone = SeccompFilter.number("clone");

    assertThat(run(plain, clone, 0x00010900)).isEqualTo(ALLOW);
    assertThat(run(plain, clone, 0x10000000)).isEqualTo(EPERM);
  }

  @Test
  void anotherFamilyOfSocketsIsFineButNotVsock() {
    String plain = compiler.compile(SeccompProfile.ofRuntime(), Set.of()).bpf();
    int socket = SeccompFilter.number("socket");

    assertThat(run(plain, socket, 2)).isEqualTo(ALLOW);
    assertThat(run(plain, socket, 40)).isEqualTo(EPERM);
  }

  @Test
  void whatIsNewerThanTheProfileDoesNotExist() {
    String plain = compiler.compile(SeccompProfile.ofRuntime(), Set.of()).bpf();

    assertThat(run(plain, 4000, 0)).isEqualTo(ENOSYS);
  }

  @Test
  void aProfileOfANodeIsReadAndAWrongOneNamed() {
    var profile =
        SeccompProfile.parse(
            """
            {"defaultAction":"SCMP_ACT_ALLOW",
             "syscalls":[{"names":["sethostname","nosuchcall"],"action":"SCMP_ACT_ERRNO","errnoRet":5}]}
            """
                .getBytes(UTF_8),
            "p");
    assertThat(run(compiler.compile(profile, Set.of()).bpf(), "sethostname")).isEqualTo(0x00050005);
    assertThatThrownBy(() -> SeccompProfile.parse("{\"x\":1}".getBytes(UTF_8), "p"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("p: not a seccomp profile: ");
    assertThatThrownBy(
            () ->
                compiler.compile(
                    SeccompProfile.parse(
                        "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}".getBytes(UTF_8), "p"),
                    Set.of()))
        .isInstanceOf(Fault.Unsupported.class);
  }

  @Test
  void programsAreKept() {
    var profile = SeccompProfile.ofRuntime();
    assertThat(compiler.compile(profile, Set.of("CAP_CHOWN")))
        .isSameAs(compiler.compile(profile, Set.of("CAP_CHOWN")));
  }

  @Test
  void kernelVersionsCompareByNumber() {
    assertThat(SeccompCompiler.atLeast("6.1.0-18-amd64", "4.8")).isTrue();
    assertThat(SeccompCompiler.atLeast("4.19", "4.8")).isTrue();
    assertThat(SeccompCompiler.atLeast("4.7.9", "4.8")).isFalse();
  }

  private static int run(String program, String syscall) {
    int number = SeccompFilter.number(syscall);
    assertThat(number).as(syscall).isNotNegative();
    return run(program, number, 0);
  }

  /** What the kernel's interpreter would answer: the instructions that such filters consist of. */
  private static int run(String program, int number, long argument) {
    ByteBuffer code =
        ByteBuffer.wrap(HexFormat.of().parseHex(program)).order(ByteOrder.nativeOrder());
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    data.putInt(0, number).putInt(4, SeccompFilter.nativeArchitecture()).putLong(16, argument);
    int accumulator = 0;
    int at = 0;
    while (true) {
      int operation = code.getShort(at * 8);
      int ifTrue = code.get(at * 8 + 2) & 0xff;
      int ifFalse = code.get(at * 8 + 3) & 0xff;
      int operand = code.getInt(at * 8 + 4);
      at++;
      switch (operation) {
        case 0x20 -> accumulator = data.getInt(operand);
        case 0x54 -> accumulator &= operand;
        case 0x05 -> at += operand;
        case 0x15 -> at += accumulator == operand ? ifTrue : ifFalse;
        case 0x25 -> at += Integer.compareUnsigned(accumulator, operand) > 0 ? ifTrue : ifFalse;
        case 0x35 -> at += Integer.compareUnsigned(accumulator, operand) >= 0 ? ifTrue : ifFalse;
        case 0x45 -> at += (accumulator & operand) != 0 ? ifTrue : ifFalse;
        case 0x06 -> {
          return operand;
        }
        default -> throw new AssertionError("instruction 0x" + Integer.toHexString(operation));
      }
    }
  }
}
