package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The users and groups of an image: its {@code /etc/passwd} and {@code /etc/group} (passwd(5),
 * group(5)). Lines that are wrong are passed over, as libc does; what is too much is refused
 * (CVE-2026-47262).
 */
public final class Accounts {
  /** Of either file. */
  static final int MAX_BYTES = 4 << 20;

  /** NGROUPS_MAX of the kernel. */
  private static final int MAX_GROUPS = 65_536;

  private static final long MAX_ID = 0xffff_fffeL;

  private record User(String name, long uid, long gid, String home) {}

  private record Group(String name, long gid, List<String> members) {}

  private final String image;
  private final List<User> users;
  private final List<Group> groups;

  private Accounts(String image, List<User> users, List<Group> groups) {
    this.image = image;
    this.users = users;
    this.groups = groups;
  }

  static Accounts parse(String image, byte[] passwd, byte[] group) {
    List<User> users = new ArrayList<>();
    for (String[] f : lines(passwd, 6)) {
      OptionalLong uid = number(f[2]);
      OptionalLong gid = number(f[3]);
      if (uid.isPresent() && gid.isPresent()) {
        users.add(new User(f[0], uid.getAsLong(), gid.getAsLong(), f[5]));
      }
    }
    List<Group> groups = new ArrayList<>();
    for (String[] f : lines(group, 3)) {
      OptionalLong gid = number(f[2]);
      if (gid.isPresent()) {
        List<String> members =
            f.length < 4
                ? List.of()
                : Arrays.stream(f[3].split(",", -1)).map(String::strip).toList();
        groups.add(new Group(f[0], gid.getAsLong(), members));
      }
    }
    return new Accounts(image, users, groups);
  }

  private static List<String[]> lines(byte[] file, int fields) {
    List<String[]> found = new ArrayList<>();
    for (String line : new String(file, UTF_8).split("\n", -1)) {
      String[] parts = line.strip().split(":", -1);
      if (parts.length >= fields && !parts[0].isEmpty() && !line.startsWith("#")) {
        found.add(parts);
      }
    }
    return found;
  }

  /**
   * Resolves {@code user}, {@code user:group}, each a name or a number; empty is root. A number
   * need not be in the image; a name must.
   *
   * @throws Fault.Invalid when a name is unknown
   */
  public ResolvedUser resolve(String userSpec) {
    int colon = userSpec.indexOf(':');
    String userPart = colon < 0 ? userSpec : userSpec.substring(0, colon);
    String groupPart = colon < 0 ? "" : userSpec.substring(colon + 1);
    User user = user(userSpec, userPart.isEmpty() ? "0" : userPart);
    long gid = groupPart.isEmpty() ? user.gid : gid(userSpec, groupPart);
    List<Long> supplementary =
        user.name.isEmpty()
            ? List.of()
            : groups.stream()
                .filter(g -> g.members.contains(user.name))
                .map(g -> g.gid)
                .distinct()
                .limit(MAX_GROUPS)
                .toList();
    String home = user.home.isEmpty() ? "/" : user.home;
    return new ResolvedUser(user.uid, gid, user.name, supplementary, home);
  }

  private User user(String spec, String part) {
    // A name that looks like a number is a name first, as in chown(1).
    User byName = first(part);
    if (byName != null) {
      return byName;
    }
    OptionalLong uid = number(part);
    if (uid.isEmpty()) {
      throw new Fault.Invalid(
          "user %s: no user %s in /etc/passwd of image %s".formatted(spec, part, image));
    }
    return users.stream()
        .filter(u -> u.uid == uid.getAsLong())
        .findFirst()
        .orElse(new User("", uid.getAsLong(), 0, "/"));
  }

  private @Nullable User first(String name) {
    return users.stream().filter(u -> u.name.equals(name)).findFirst().orElse(null);
  }

  private long gid(String spec, String part) {
    for (Group group : groups) {
      if (group.name.equals(part)) {
        return group.gid;
      }
    }
    OptionalLong gid = number(part);
    if (gid.isEmpty()) {
      throw new Fault.Invalid(
          "user %s: no group %s in /etc/group of image %s".formatted(spec, part, image));
    }
    return gid.getAsLong();
  }

  private static OptionalLong number(String text) {
    if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    long number = Long.parseLong(text);
    return number > MAX_ID ? OptionalLong.empty() : OptionalLong.of(number);
  }
}
