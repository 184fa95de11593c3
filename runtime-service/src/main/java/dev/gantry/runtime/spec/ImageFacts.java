package dev.gantry.runtime.spec;

import java.util.List;
import java.util.Map;

/**
 * What the image's configuration says about running it.
 *
 * @param user as the image writes it: {@code uid}, {@code name}, {@code uid:gid}, {@code
 *     name:group}; empty for root
 * @param volumes container path of each VOLUME to the host directory that was made for it
 */
public record ImageFacts(
    List<String> entrypoint,
    List<String> cmd,
    List<String> env,
    String workingDir,
    String user,
    Map<String, String> volumes) {
  public ImageFacts {
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    env = List.copyOf(env);
    volumes = Map.copyOf(volumes);
  }
}
