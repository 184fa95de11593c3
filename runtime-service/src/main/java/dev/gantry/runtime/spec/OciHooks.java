package dev.gantry.runtime.spec;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Programs of the host to run around a container's start and end. */
public record OciHooks(
    List<Hook> prestart,
    List<Hook> createRuntime,
    List<Hook> createContainer,
    List<Hook> startContainer,
    List<Hook> poststart,
    List<Hook> poststop) {

  public static final OciHooks NONE =
      new OciHooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  public OciHooks {
    prestart = Absent.list(prestart);
    createRuntime = Absent.list(createRuntime);
    createContainer = Absent.list(createContainer);
    startContainer = Absent.list(startContainer);
    poststart = Absent.list(poststart);
    poststop = Absent.list(poststop);
  }

  /** One program; {@code args} begins with its name. {@code timeout} in seconds. */
  public record Hook(String path, List<String> args, List<String> env, @Nullable Integer timeout) {
    public Hook {
      args = Absent.list(args);
      env = Absent.list(env);
    }
  }

  /** Whether there is no hook at all. */
  @JsonIgnore
  public boolean isEmpty() {
    return equals(NONE);
  }

  /** These, then {@code more}, phase by phase. */
  public OciHooks and(OciHooks more) {
    return new OciHooks(
        both(prestart, more.prestart),
        both(createRuntime, more.createRuntime),
        both(createContainer, more.createContainer),
        both(startContainer, more.startContainer),
        both(poststart, more.poststart),
        both(poststop, more.poststop));
  }

  private static List<Hook> both(List<Hook> first, List<Hook> second) {
    List<Hook> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
