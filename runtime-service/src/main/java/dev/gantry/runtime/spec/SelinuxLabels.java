package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.security.SelinuxContext;
import dev.gantry.runtime.security.SelinuxPolicy;
import org.jspecify.annotations.Nullable;

/**
 * SELinux labels of a container: those of the policy, with what CRI asks for in their place, at the
 * level of the pod unless another one is asked for.
 */
final class SelinuxLabels {
  private static final String FIELD = "config.linux.security_context.selinux_options";

  private final HostFacts host;
  private final HostFiles files;

  SelinuxLabels(HostFacts host, HostFiles files) {
    this.host = host;
    this.files = files;
  }

  /**
   * Of its processes. Null, which leaves the choice to the policy, without SELinux, and when
   * nothing was asked for: for privileged containers, and in pods that see processes or IPC of the
   * node, which a label of their own would keep them from; CRI-O does the same.
   */
  @Nullable String process(ContainerSpecInput in) {
    SELinuxOption asked = asked(in);
    SelinuxPolicy policy = policy(asked);
    if (policy == null || (isNothing(asked) && isUnconfined(in))) {
      return null;
    }
    SelinuxContext usual = policy.process();
    return known(
        new SelinuxContext(
            or(asked.getUser(), usual.user()),
            or(asked.getRole(), usual.role()),
            or(asked.getType(), usual.type()),
            usual.level()),
        level(asked, in, usual));
  }

  /** Of its files. They keep the role and type made for them: those asked for are the process's. */
  @Nullable String mount(ContainerSpecInput in) {
    SELinuxOption asked = asked(in);
    SelinuxPolicy policy = policy(asked);
    if (policy == null) {
      return null;
    }
    SelinuxContext usual = policy.file();
    return known(
        new SelinuxContext(
            or(asked.getUser(), usual.user()), usual.role(), usual.type(), usual.level()),
        level(asked, in, usual));
  }

  private static SELinuxOption asked(ContainerSpecInput in) {
    return in.cri().getLinux().getSecurityContext().getSelinuxOptions();
  }

  private @Nullable SelinuxPolicy policy(SELinuxOption asked) {
    if (host.selinux() == null && !isNothing(asked)) {
      throw new Fault.Unsupported(
          FIELD + ": there is no SELinux on this node, or no policy for containers, or it is off");
    }
    return host.selinux();
  }

  private static boolean isNothing(SELinuxOption asked) {
    return asked.equals(SELinuxOption.getDefaultInstance());
  }

  private static boolean isUnconfined(ContainerSpecInput in) {
    LinuxContainerSecurityContext context = in.cri().getLinux().getSecurityContext();
    var pod = in.pod().getLinux().getSecurityContext().getNamespaceOptions();
    return context.getPrivileged()
        || pod.getIpc() == NamespaceMode.NODE
        || pod.getPid() == NamespaceMode.NODE;
  }

  private static String or(String asked, String usual) {
    return asked.isEmpty() ? usual : asked;
  }

  private static String level(SELinuxOption asked, ContainerSpecInput in, SelinuxContext usual) {
    if (usual.level().isEmpty() && !asked.getLevel().isEmpty()) {
      throw new Fault.Unsupported(FIELD + ".level: this node's policy has no levels");
    }
    return or(asked.getLevel(), or(in.selinuxLevel(), usual.level()));
  }

  private String known(SelinuxContext context, String level) {
    String label = context.at(level).toString();
    if (!files.isSelinuxLabel(label)) {
      throw new Fault.Invalid(
          "%s: \"%s\" is no label of this node's policy"
              .formatted(FIELD, label.replaceAll("\\p{Cntrl}", "?")));
    }
    return label;
  }
}
