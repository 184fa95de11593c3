package dev.gantry.runtime.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The users and groups an image knows: its /etc/passwd and /etc/group. */
public record Accounts(List<User> users, List<Group> groups) {
  public static final Accounts NONE = new Accounts(List.of(), List.of());

  /** Files of images are not ours: longer ones are cut (CVE-2026-47262). */
  private static final int MAX_LINES = 65_536;

  public Accounts {
    users = List.copyOf(users);
    groups = List.copyOf(groups);
  }

  /** A line of passwd(5). */
  public record User(String name, long uid, long gid, String home) {}

  /** A line of group(5). */
  public record Group(String name, long gid, List<String> members) {
    public Group {
      members = List.copyOf(members);
    }
  }

  /** Reads the two files; lines that are not well formed are passed over, as libc does. */
  public static Accounts parse(String passwd, String group) {
    List<User> users = new ArrayList<>();
    passwd
        .lines()
        .limit(MAX_LINES)
        .map(line -> line.split(":", -1))
        .filter(f -> f.length >= 6 && !f[0].isEmpty() && isId(f[2]) && isId(f[3]))
        .forEach(f -> users.add(new User(f[0], Long.parseLong(f[2]), Long.parseLong(f[3]), f[5])));
    List<Group> groups = new ArrayList<>();
    group
        .lines()
        .limit(MAX_LINES)
        .map(line -> line.split(":", -1))
        .filter(f -> f.length >= 4 && !f[0].isEmpty() && isId(f[2]))
        .forEach(
            f ->
                groups.add(
                    new Group(
                        f[0],
                        Long.parseLong(f[2]),
                        f[3].isBlank() ? List.of() : List.of(f[3].trim().split(",", -1)))));
    return new Accounts(users, groups);
  }

  Optional<User> byName(String name) {
    return users.stream().filter(u -> u.name().equals(name)).findFirst();
  }

  Optional<User> byUid(long uid) {
    return users.stream().filter(u -> u.uid() == uid).findFirst();
  }

  Optional<Group> groupNamed(String name) {
    return groups.stream().filter(g -> g.name().equals(name)).findFirst();
  }

  /** Ids of the groups that list the user as a member. */
  List<Long> groupsOf(String user) {
    return groups.stream().filter(g -> g.members().contains(user)).map(Group::gid).toList();
  }

  /** Whether this is a uid or gid: a number below 2^32 - 1, which means "none" (chown(2)). */
  static boolean isId(String text) {
    return !text.isEmpty()
        && text.length() <= 10
        && text.chars().allMatch(c -> c >= '0' && c <= '9')
        && Long.parseLong(text) < 0xffff_ffffL;
  }
}
