package dev.gantry.runtime.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code process} object: who runs what, with which rights. An {@code env} entry is {@code
 * NAME=VALUE}. JSON holds text only, so an environment value that is no UTF-8 is refused by {@link
 * OciSpecBuilder}.
 */
public record OciProcess(
    boolean terminal,
    User user,
    List<String> args,
    List<String> env,
    String cwd,
    Capabilities capabilities,
    List<Rlimit> rlimits,
    boolean noNewPrivileges,
    @Nullable String apparmorProfile,
    @Nullable Integer oomScoreAdj,
    @Nullable String selinuxLabel) {

  public OciProcess {
    args = Absent.list(args);
    env = Absent.list(env);
    rlimits = Absent.list(rlimits);
  }

  /** Numeric ids as they are inside the container. */
  public record User(long uid, long gid, @Nullable Integer umask, List<Long> additionalGids) {
    public User {
      additionalGids = Absent.list(additionalGids);
    }
  }

  /** The five sets of capabilities(7), names with {@code CAP_}. */
  public record Capabilities(
      List<String> bounding,
      List<String> effective,
      List<String> inheritable,
      List<String> permitted,
      List<String> ambient) {
    public Capabilities {
      bounding = Absent.list(bounding);
      effective = Absent.list(effective);
      inheritable = Absent.list(inheritable);
      permitted = Absent.list(permitted);
      ambient = Absent.list(ambient);
    }
  }

  /** One resource limit, {@code type} such as {@code RLIMIT_NOFILE}; all ones is "unlimited". */
  public record Rlimit(String type, long soft, long hard) {}

  /** The same rights and environment for another command: what exec runs. */
  public OciProcess running(List<String> command, boolean tty) {
    return new OciProcess(
        tty,
        user,
        command,
        env,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        oomScoreAdj,
        selinuxLabel);
  }

  public OciProcess withEnv(List<String> changed) {
    return new OciProcess(
        terminal,
        user,
        args,
        changed,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        oomScoreAdj,
        selinuxLabel);
  }

  public OciProcess withOomScore(int changed) {
    return new OciProcess(
        terminal,
        user,
        args,
        env,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        changed,
        selinuxLabel);
  }

  public OciProcess withUser(User changed) {
    return new OciProcess(
        terminal,
        changed,
        args,
        env,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        oomScoreAdj,
        selinuxLabel);
  }
}
