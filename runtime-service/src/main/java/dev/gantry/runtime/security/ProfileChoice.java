package dev.gantry.runtime.security;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.linux.Fault;
import org.jspecify.annotations.Nullable;

/**
 * Which seccomp or AppArmor profile a container is to have; the field before the deprecated one.
 */
public sealed interface ProfileChoice {
  /** None. */
  record Unconfined() implements ProfileChoice {}

  /** The runtime's own. */
  record RuntimeDefault() implements ProfileChoice {}

  /** A file of the node (seccomp), or the name of a loaded profile (AppArmor). */
  record Localhost(String name) implements ProfileChoice {}

  /** For seccomp: nothing asked, or privileged, is unconfined. */
  static ProfileChoice seccomp(LinuxContainerSecurityContext context) {
    @Nullable ProfileChoice asked =
        context.hasSeccomp()
            ? of(context.getSeccomp(), "seccomp")
            : deprecatedField(oldSeccomp(context), "seccomp_profile_path");
    return context.getPrivileged() || asked == null ? new Unconfined() : asked;
  }

  /** For AppArmor: nothing asked is the default where AppArmor is on, and privileged has none. */
  static ProfileChoice apparmor(LinuxContainerSecurityContext context, boolean enabled) {
    @Nullable ProfileChoice asked =
        context.hasApparmor()
            ? of(context.getApparmor(), "apparmor")
            : deprecatedField(oldApparmor(context), "apparmor_profile");
    if (!enabled && (asked instanceof RuntimeDefault || asked instanceof Localhost)) {
      throw new Fault.Unsupported(
          "config.linux.security_context.apparmor: this node has no AppArmor");
    }
    if (asked == null) {
      return enabled && !context.getPrivileged() ? new RuntimeDefault() : new Unconfined();
    }
    return context.getPrivileged() && asked instanceof RuntimeDefault ? new Unconfined() : asked;
  }

  private static ProfileChoice of(SecurityProfile profile, String field) {
    return switch (profile.getProfileType()) {
      case RuntimeDefault -> new RuntimeDefault();
      case Unconfined -> new Unconfined();
      case Localhost -> localhost(profile.getLocalhostRef(), field + ".localhost_ref");
      case UNRECOGNIZED ->
          throw new Fault.Invalid(
              "config.linux.security_context.%s.profile_type: unknown".formatted(field));
    };
  }

  private static @Nullable ProfileChoice deprecatedField(String value, String field) {
    return switch (value) {
      case "" -> null;
      case "unconfined" -> new Unconfined();
      case "runtime/default", "docker/default" -> new RuntimeDefault();
      default -> {
        if (!value.startsWith("localhost/")) {
          throw new Fault.Invalid(
              "config.linux.security_context.%s: \"%s\" is no profile".formatted(field, value));
        }
        yield localhost(value, field);
      }
    };
  }

  private static Localhost localhost(String reference, String field) {
    String name =
        reference.startsWith("localhost/") ? reference.substring("localhost/".length()) : reference;
    if (name.isEmpty()) {
      throw new Fault.Invalid("config.linux.security_context.%s: must be set".formatted(field));
    }
    return new Localhost(name);
  }

  @SuppressWarnings("deprecation") // old kubelets still send it
  private static String oldSeccomp(LinuxContainerSecurityContext context) {
    return context.getSeccompProfilePath();
  }

  @SuppressWarnings("deprecation") // old kubelets still send it
  private static String oldApparmor(LinuxContainerSecurityContext context) {
    return context.getApparmorProfile();
  }
}
