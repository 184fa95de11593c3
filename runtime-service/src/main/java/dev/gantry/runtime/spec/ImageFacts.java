package dev.gantry.runtime.spec;

import java.util.List;

/**
 * What the image's configuration says about running it.
 *
 * @param user as the image writes it: {@code uid}, {@code name}, {@code uid:gid}, {@code
 *     name:group}; empty for root
 */
public record ImageFacts(
    List<String> entrypoint, List<String> cmd, List<String> env, String workingDir, String user) {
  public ImageFacts {
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    env = List.copyOf(env);
  }
}
