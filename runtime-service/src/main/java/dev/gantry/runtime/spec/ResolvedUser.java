package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Who the container's process is.
 *
 * @param groups supplementary groups, sorted, the primary one among them
 * @param home for {@code HOME}
 */
public record ResolvedUser(long uid, long gid, List<Long> groups, String home) {
  private static final String CONTEXT = "config.linux.security_context.";

  public ResolvedUser {
    groups = List.copyOf(groups);
  }

  /**
   * The rules of CRI: {@code run_as_user} or {@code run_as_username}, else the image's user; {@code
   * run_as_group} only with a user. With Merge the groups that the image's /etc/group gives the
   * user are added, with Strict they are not.
   */
  public static ResolvedUser of(
      LinuxContainerSecurityContext context, String imageUser, Accounts accounts) {
    if (context.hasRunAsUser() && !context.getRunAsUsername().isEmpty()) {
      throw new Fault.Invalid(CONTEXT + "run_as_username: only without run_as_user");
    }
    boolean userAsked = context.hasRunAsUser() || !context.getRunAsUsername().isEmpty();
    if (context.hasRunAsGroup() && !userAsked) {
      throw new Fault.Invalid(
          CONTEXT + "run_as_group: only together with run_as_user or run_as_username");
    }
    String user;
    String group;
    String field;
    if (context.hasRunAsUser()) {
      user = Long.toString(id(context.getRunAsUser().getValue(), CONTEXT + "run_as_user"));
      group = "";
      field = CONTEXT + "run_as_user";
    } else if (userAsked) {
      user = context.getRunAsUsername();
      group = "";
      field = CONTEXT + "run_as_username";
    } else {
      int colon = imageUser.indexOf(':');
      user = colon < 0 ? imageUser : imageUser.substring(0, colon);
      group = colon < 0 ? "" : imageUser.substring(colon + 1);
      field = "the image's user";
    }
    if (context.hasRunAsGroup()) {
      group = Long.toString(id(context.getRunAsGroup().getValue(), CONTEXT + "run_as_group"));
    }
    return find(user, group, field, context, accounts);
  }

  private static ResolvedUser find(
      String user,
      String group,
      String field,
      LinuxContainerSecurityContext context,
      Accounts accounts) {
    String wanted = user.isEmpty() ? "0" : user;
    // A name made of digits is a name first, as for useradd(8) and for containerd.
    Optional<Accounts.User> known =
        context.hasRunAsUser() ? Optional.empty() : accounts.byName(wanted);
    if (known.isEmpty() && Accounts.isId(wanted)) {
      known = accounts.byUid(Long.parseLong(wanted));
    }
    if (known.isEmpty() && !Accounts.isId(wanted)) {
      throw new Fault.Invalid("%s: the image has no user \"%s\"".formatted(field, wanted));
    }
    long uid = known.map(Accounts.User::uid).orElseGet(() -> Long.parseLong(wanted));
    long gid =
        group.isEmpty() ? known.map(Accounts.User::gid).orElse(0L) : gid(group, field, accounts);
    TreeSet<Long> groups = new TreeSet<>();
    groups.add(gid);
    for (long extra : context.getSupplementalGroupsList()) {
      groups.add(id(extra, CONTEXT + "supplemental_groups"));
    }
    if (context.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.UNRECOGNIZED) {
      throw new Fault.Invalid(CONTEXT + "supplemental_groups_policy: unknown value");
    }
    if (context.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Merge) {
      known.ifPresent(u -> groups.addAll(accounts.groupsOf(u.name())));
    }
    String home = known.map(Accounts.User::home).filter(h -> h.startsWith("/")).orElse("/");
    return new ResolvedUser(uid, gid, new ArrayList<>(groups), home);
  }

  private static long gid(String group, String field, Accounts accounts) {
    Optional<Accounts.Group> known = accounts.groupNamed(group);
    if (known.isPresent()) {
      return known.get().gid();
    }
    if (!Accounts.isId(group)) {
      throw new Fault.Invalid("%s: the image has no group \"%s\"".formatted(field, group));
    }
    return Long.parseLong(group);
  }

  private static long id(long value, String field) {
    if (value < 0 || value >= 0xffff_ffffL) {
      throw new Fault.Invalid("%s: %d is no id".formatted(field, value));
    }
    return value;
  }
}
