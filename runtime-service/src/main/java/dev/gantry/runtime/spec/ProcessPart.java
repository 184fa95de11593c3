package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.security.AppArmor;
import dev.gantry.runtime.security.Capabilities;
import dev.gantry.runtime.security.ProfileChoice;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code process} object of a container: what runs, as whom, with which rights. */
final class ProcessPart {
  /** The search path of an image that sets none; the same as Docker's and containerd's. */
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final HostFacts host;
  private final HostFiles files;

  ProcessPart(HostFacts host, HostFiles files) {
    this.host = host;
    this.files = files;
  }

  OciProcess build(ContainerSpecInput in) {
    ContainerConfig cri = in.cri();
    LinuxContainerSecurityContext context = cri.getLinux().getSecurityContext();
    ResolvedUser user = in.user();
    return new OciProcess(
        cri.getTty(),
        new OciProcess.User(user.uid(), user.gid(), null, user.groups()),
        args(cri, in.image()),
        env(in),
        cwd(cri, in.image()),
        capabilities(context),
        List.of(),
        context.getNoNewPrivs(),
        apparmor(context),
        oomScore(cri.getLinux().getResources().getOomScoreAdj()),
        new SelinuxLabels(host, files).process(in));
  }

  /**
   * A command replaces the image's entrypoint and makes its command void; arguments alone replace
   * the image's command.
   */
  static List<String> args(ContainerConfig cri, ImageFacts image) {
    List<String> command = cri.getCommandList();
    List<String> args = cri.getArgsList();
    if (command.isEmpty()) {
      command = image.entrypoint();
      args = args.isEmpty() ? image.cmd() : args;
    }
    List<String> all = new ArrayList<>(command);
    all.addAll(args);
    if (all.isEmpty() || all.getFirst().isEmpty()) {
      throw new Fault.Invalid(
          "config.command: no command, and the image has neither entrypoint nor command");
    }
    for (String one : all) {
      if (one.indexOf('\0') >= 0) {
        throw new Fault.Invalid("config.command: holds a NUL character");
      }
    }
    return all;
  }

  /** Later ones win in the place of the first: defaults, the pod's name, the image, CRI. */
  private List<String> env(ContainerSpecInput in) {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", DEFAULT_PATH);
    if (in.cri().getTty()) {
      env.put("TERM", "xterm");
    }
    String podName = in.pod().getHostname();
    env.put("HOSTNAME", podName.isEmpty() ? host.hostname() : podName);
    for (String one : in.image().env()) {
      int equals = one.indexOf('=');
      if (equals > 0) {
        env.put(one.substring(0, equals), one.substring(equals + 1));
      }
    }
    for (KeyValue one : in.cri().getEnvsList()) {
      String name = one.getKey();
      if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
        throw new Fault.Invalid("config.envs.key: \"%s\" is no name".formatted(printable(name)));
      }
      env.put(name, text(one));
    }
    env.putIfAbsent("HOME", in.user().home());
    return env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }

  /** The value is not shown in the message: it may be a secret. */
  private static String text(KeyValue one) {
    try {
      String value =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(one.getValue().toByteArray()))
              .toString();
      if (value.indexOf('\0') >= 0) {
        throw new Fault.Invalid(
            "config.envs.value: that of %s holds a NUL character".formatted(one.getKey()));
      }
      return value;
    } catch (CharacterCodingException e) {
      throw new Fault.Unsupported(
          "config.envs.value: that of %s is not UTF-8".formatted(one.getKey()), e);
    }
  }

  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static String cwd(ContainerConfig cri, ImageFacts image) {
    String asked = cri.getWorkingDir().isEmpty() ? image.workingDir() : cri.getWorkingDir();
    if (asked.isEmpty()) {
      return "/";
    }
    // An image may say "app"; it is meant from the root, as Docker takes it.
    return asked.startsWith("/") ? asked : "/" + asked;
  }

  private OciProcess.Capabilities capabilities(LinuxContainerSecurityContext context) {
    Capability asked = context.getCapabilities();
    List<String> permitted =
        Capabilities.permitted(asked, context.getPrivileged(), host.boundingCapabilities());
    List<String> ambient = Capabilities.ambient(asked, host.boundingCapabilities());
    return new OciProcess.Capabilities(permitted, permitted, ambient, permitted, ambient);
  }

  private @Nullable String apparmor(LinuxContainerSecurityContext context) {
    return switch (ProfileChoice.apparmor(context, host.apparmor())) {
      case ProfileChoice.Unconfined _ -> null;
      case ProfileChoice.RuntimeDefault _ -> AppArmor.DEFAULT_PROFILE;
      case ProfileChoice.Localhost l -> {
        if (!files.isAppArmorProfileLoaded(l.name())) {
          throw new Fault.Invalid(
              "config.linux.security_context.apparmor: profile \"%s\" is not loaded"
                  .formatted(l.name()));
        }
        yield l.name();
      }
    };
  }

  static Integer oomScore(long score) {
    if (score < -1000 || score > 1000) {
      throw new Fault.Invalid(
          "config.linux.resources.oom_score_adj: %d is not in -1000..1000".formatted(score));
    }
    return (int) score;
  }
}
