package dev.gantry.manifest;

import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.SecurityProfile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Security context of a pod or container; what a container leaves out is the pod's.
 *
 * @param user null for nothing said, as all boxed values here
 */
record Security(
    @Nullable Long user,
    @Nullable Long group,
    @Nullable Boolean nonRoot,
    @Nullable SecurityProfile seccomp,
    @Nullable SecurityProfile appArmor,
    List<Long> groups,
    boolean privileged,
    boolean readOnlyRoot,
    boolean escalation,
    boolean unmasked,
    List<String> added,
    List<String> dropped) {
  Security {
    groups = List.copyOf(groups);
    added = List.copyOf(added);
    dropped = List.copyOf(dropped);
  }

  /** Reads what pods and containers have in common; the caller has read the rest and ends it. */
  private static Security common(
      Fields fields,
      List<Long> groups,
      boolean privileged,
      boolean readOnlyRoot,
      boolean escalation,
      boolean unmasked,
      List<String> added,
      List<String> dropped) {
    Security security =
        new Security(
            fields.number("runAsUser"),
            fields.number("runAsGroup"),
            fields.has("runAsNonRoot") ? fields.flag("runAsNonRoot", false) : null,
            profile(fields, "seccompProfile"),
            profile(fields, "appArmorProfile"),
            groups,
            privileged,
            readOnlyRoot,
            escalation,
            unmasked,
            added,
            dropped);
    fields.done();
    return security;
  }

  /** Without fsGroup and sysctls, which are for the pod alone; {@code fields} has read them. */
  static Security ofPod(Fields fields) {
    fields.ignore("fsGroupChangePolicy"); // the volumes here are new, there is nothing to spare
    List<Long> groups = fields.numbers("supplementalGroups");
    return common(fields, groups, false, false, true, false, List.of(), List.of());
  }

  static Security ofContainer(Fields fields) {
    Fields capabilities = fields.object("capabilities");
    List<String> added = capabilities.texts("add");
    List<String> dropped = capabilities.texts("drop");
    capabilities.done();
    boolean privileged = fields.flag("privileged", false);
    return common(
        fields,
        List.of(),
        privileged,
        fields.flag("readOnlyRootFilesystem", false),
        fields.flag("allowPrivilegeEscalation", true),
        privileged || fields.text("procMount", "Default").equals("Unmasked"),
        added,
        dropped);
  }

  private static @Nullable SecurityProfile profile(Fields fields, String name) {
    if (!fields.has(name)) {
      return null;
    }
    Fields profile = fields.object(name);
    SecurityProfile.Builder built = SecurityProfile.newBuilder();
    switch (profile.need("type")) {
      case "RuntimeDefault" -> built.setProfileType(SecurityProfile.ProfileType.RuntimeDefault);
      case "Unconfined" -> built.setProfileType(SecurityProfile.ProfileType.Unconfined);
      case "Localhost" ->
          built
              .setProfileType(SecurityProfile.ProfileType.Localhost)
              .setLocalhostRef(profile.need("localhostProfile"));
      default -> throw profile.problem("type", "expected RuntimeDefault, Unconfined or Localhost");
    }
    profile.done();
    return built.build();
  }

  /** For the container, with what it leaves to the pod. */
  LinuxContainerSecurityContext cri(
      Security pod, List<Long> podGroups, NamespaceOption namespaces) {
    LinuxContainerSecurityContext.Builder context =
        LinuxContainerSecurityContext.newBuilder()
            .setNamespaceOptions(namespaces)
            .setPrivileged(privileged)
            .setReadonlyRootfs(readOnlyRoot)
            .setNoNewPrivs(!escalation)
            .addAllSupplementalGroups(podGroups)
            .setSeccomp(seccomp(pod))
            .setCapabilities(
                Capability.newBuilder()
                    .addAllAddCapabilities(added)
                    .addAllDropCapabilities(dropped));
    if (!unmasked) {
      ProtectedPaths.addTo(context);
    }
    SecurityProfile armor = appArmor != null ? appArmor : pod.appArmor;
    if (armor != null) {
      context.setApparmor(armor);
    }
    Long asUser = user != null ? user : pod.user;
    if (asUser != null) {
      context.setRunAsUser(Int64Value.newBuilder().setValue(asUser));
    }
    Long asGroup = group != null ? group : pod.group;
    if (asGroup != null && asUser != null) {
      context.setRunAsGroup(Int64Value.newBuilder().setValue(asGroup));
    }
    return context.build();
  }

  /** Whether the container must not run as root. */
  boolean mustNotBeRoot(Security pod) {
    return Boolean.TRUE.equals(nonRoot != null ? nonRoot : pod.nonRoot);
  }

  /** The user the manifest asks for; null leaves it to the image. */
  @Nullable Long userOr(Security pod) {
    return user != null ? user : pod.user;
  }

  /** RuntimeDefault where nothing is said: what a kubelet with seccompDefault gives. */
  private SecurityProfile seccomp(Security pod) {
    SecurityProfile asked = seccomp != null ? seccomp : pod.seccomp;
    if (asked != null) {
      return asked;
    }
    return SecurityProfile.newBuilder()
        .setProfileType(
            privileged
                ? SecurityProfile.ProfileType.Unconfined
                : SecurityProfile.ProfileType.RuntimeDefault)
        .build();
  }
}
