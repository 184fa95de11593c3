package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.linux.Fault;
import org.jspecify.annotations.Nullable;

/** SELinux labels of a container's process and of its files. */
final class SelinuxLabels {
  private static final String FIELD = "config.linux.security_context.selinux_options";

  private SelinuxLabels() {}

  static @Nullable String process(LinuxContainerSecurityContext context, HostFacts host) {
    return label(context, host, "system_r", "container_t");
  }

  static @Nullable String mount(LinuxContainerSecurityContext context, HostFacts host) {
    return label(context, host, "object_r", "container_file_t");
  }

  private static @Nullable String label(
      LinuxContainerSecurityContext context, HostFacts host, String role, String type) {
    SELinuxOption asked = context.getSelinuxOptions();
    if (asked.equals(SELinuxOption.getDefaultInstance())) {
      return null;
    }
    if (!host.selinux()) {
      throw new Fault.Unsupported(FIELD + ": this node has no SELinux");
    }
    boolean process = role.equals("system_r");
    String level = asked.getLevel().isEmpty() ? "s0" : asked.getLevel();
    String user = asked.getUser().isEmpty() ? "system_u" : asked.getUser();
    // Role and type asked for are the process's; files keep the role and type made for them.
    String useRole = process && !asked.getRole().isEmpty() ? asked.getRole() : role;
    String useType = process && !asked.getType().isEmpty() ? asked.getType() : type;
    return user + ":" + useRole + ":" + useType + ":" + level;
  }
}
