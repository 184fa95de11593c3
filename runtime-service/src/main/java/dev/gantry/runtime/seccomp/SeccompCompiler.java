package dev.gantry.runtime.seccomp;

import dev.gantry.linux.Fault;
import dev.gantry.linux.SeccompFilter;
import dev.gantry.linux.SeccompFilter.Comparison;
import dev.gantry.linux.SeccompFilter.Operator;
import dev.gantry.runtime.seccomp.SeccompProfile.Arg;
import dev.gantry.runtime.seccomp.SeccompProfile.Condition;
import dev.gantry.runtime.seccomp.SeccompProfile.Rule;
import dev.gantry.runtime.spec.OciSeccomp;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Compiles profiles for a container's capabilities. Containers of a node use few combinations, so
 * programs are kept; compiling the default one takes some milliseconds.
 */
public final class SeccompCompiler {
  private static final int MOST_KEPT = 256;

  private static final Map<String, Integer> FLAGS =
      Map.of(
          "SECCOMP_FILTER_FLAG_TSYNC", 1,
          "SECCOMP_FILTER_FLAG_LOG", 2,
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4);

  /**
   * A program and the flags to load it with (seccomp(2)).
   *
   * @param bpf {@code struct sock_filter}s, in hexadecimal digits, as the launch plan takes them
   */
  public record Program(String bpf, int flags) {}

  private record Key(SeccompProfile profile, Set<String> capabilities) {}

  private final Map<Key, Program> programs = new ConcurrentHashMap<>();
  private final String kernel;
  private final String architecture;

  /**
   * @param kernel its release, such as 6.1.0-18-amd64
   * @param architecture as Java names it: amd64 or aarch64
   */
  public SeccompCompiler(String kernel, String architecture) {
    this.kernel = kernel;
    this.architecture = architecture;
  }

  public Program compile(SeccompProfile profile, Set<String> capabilities) {
    Key key = new Key(profile, Set.copyOf(capabilities));
    Program known = programs.get(key);
    if (known != null) {
      return known;
    }
    Program made = build(profile, key.capabilities());
    if (programs.size() >= MOST_KEPT) {
      programs.clear();
    }
    programs.put(key, made);
    return made;
  }

  /** The rules of a profile that count for these capabilities, for who compiles them himself. */
  public OciSeccomp resolve(SeccompProfile profile, Set<String> capabilities) {
    List<OciSeccomp.Syscall> rules =
        listOf(profile.syscalls()).stream()
            .filter(rule -> applies(rule, capabilities))
            .map(
                rule ->
                    new OciSeccomp.Syscall(
                        names(rule),
                        rule.action(),
                        rule.errnoRet(),
                        listOf(rule.args()).stream().map(SeccompCompiler::ociArg).toList()))
            .toList();
    return new OciSeccomp(
        profile.defaultAction(),
        profile.defaultErrnoRet(),
        architectures(profile),
        listOf(profile.flags()),
        rules);
  }

  private static OciSeccomp.Arg ociArg(Arg arg) {
    Long two = arg.valueTwo();
    return new OciSeccomp.Arg(
        arg.index(), unsigned(arg.value()), two == null ? null : unsigned(two), arg.op());
  }

  private static BigInteger unsigned(long value) {
    return new BigInteger(Long.toUnsignedString(value));
  }

  private Program build(SeccompProfile profile, Set<String> capabilities) {
    int defaultAction = SeccompAction.of(profile.defaultAction(), profile.defaultErrnoRet());
    int newest = -1;
    try (SeccompFilter filter = new SeccompFilter(defaultAction)) {
      architectures(profile).stream()
          .map(name -> name.replaceFirst("^SCMP_ARCH_", "").toLowerCase(Locale.ROOT))
          .forEach(filter::addArchitecture);
      for (Rule rule : listOf(profile.syscalls())) {
        List<String> names = names(rule);
        for (String name : names) {
          newest = Math.max(newest, SeccompFilter.number(name));
        }
        if (applies(rule, capabilities)) {
          int action = SeccompAction.of(rule.action(), rule.errnoRet());
          List<Comparison> comparisons =
              listOf(rule.args()).stream().map(this::comparison).toList();
          names.forEach(name -> filter.addRule(action, name, comparisons));
        }
      }
      byte[] program = filter.export();
      if (SeccompAction.isErrno(defaultAction)) {
        program = UnknownSyscalls.answerEnosys(program, newest);
      }
      return new Program(HexFormat.of().formatHex(program), flags(profile));
    }
  }

  private static List<String> names(Rule rule) {
    return rule.name() != null ? List.of(rule.name()) : listOf(rule.names());
  }

  private Comparison comparison(Arg arg) {
    String name = arg.op().replaceFirst("^SCMP_CMP_", "");
    for (Operator operator : Operator.values()) {
      if (operator.name().equals(name)) {
        long datum = Objects.requireNonNullElse(arg.valueTwo(), 0L);
        return new Comparison(arg.index(), operator, arg.value(), datum);
      }
    }
    throw new Fault.Invalid("seccomp profile: no operator " + arg.op());
  }

  private boolean applies(Rule rule, Set<String> capabilities) {
    Condition includes = rule.includes();
    if (includes != null) {
      boolean caps =
          listOf(includes.caps()).isEmpty()
              || listOf(includes.caps()).stream().anyMatch(capabilities::contains);
      boolean arches =
          listOf(includes.arches()).isEmpty() || listOf(includes.arches()).contains(goArch());
      boolean kernels = includes.minKernel() == null || atLeast(kernel, includes.minKernel());
      if (!caps || !arches || !kernels) {
        return false;
      }
    }
    Condition excludes = rule.excludes();
    return excludes == null
        || (listOf(excludes.caps()).stream().noneMatch(capabilities::contains)
            && !listOf(excludes.arches()).contains(goArch())
            && (excludes.minKernel() == null || !atLeast(kernel, excludes.minKernel())));
  }

  /** The form has the names of the language it came from. */
  private String goArch() {
    return architecture.equals("aarch64") ? "arm64" : architecture;
  }

  static boolean atLeast(String release, String wanted) {
    String[] have = release.split("[^0-9]+", 3);
    String[] want = wanted.split("[^0-9]+", 3);
    for (int i = 0; i < 2; i++) {
      int difference = number(have, i) - number(want, i);
      if (difference != 0) {
        return difference > 0;
      }
    }
    return true;
  }

  private static int number(String[] parts, int index) {
    return index < parts.length && !parts[index].isEmpty() ? Integer.parseInt(parts[index]) : 0;
  }

  private List<String> architectures(SeccompProfile profile) {
    List<String> named = new ArrayList<>(listOf(profile.architectures()));
    String own = architecture.equals("aarch64") ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
    for (SeccompProfile.ArchMap map : listOf(profile.archMap())) {
      if (map.architecture().equals(own)) {
        Stream.concat(Stream.of(own), listOf(map.subArchitectures()).stream()).forEach(named::add);
      }
    }
    return named.stream().distinct().toList();
  }

  private static int flags(SeccompProfile profile) {
    int flags = 0;
    for (String name : listOf(profile.flags())) {
      Integer flag = FLAGS.get(name);
      if (flag == null) {
        throw new Fault.Unsupported("seccomp profile: flag " + name + " is not supported");
      }
      flags |= flag;
    }
    return flags;
  }

  private static <T> List<T> listOf(@org.jspecify.annotations.Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
