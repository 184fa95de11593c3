package dev.gantry.image;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an image says about running it; an empty string or collection where it says nothing. */
public record ImageConfig(
    String user,
    List<String> env,
    List<String> entrypoint,
    List<String> cmd,
    String workingDir,
    Set<String> volumes,
    Map<String, String> labels,
    String stopSignal,
    String os,
    String architecture,
    String created) {
  public ImageConfig {
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    volumes = Set.copyOf(volumes);
    labels = Map.copyOf(labels);
  }
}
