package dev.gantry.runtime;

import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.security.SelinuxPolicy;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Levels of pods under SELinux: two categories out of 1024, which no other pod of this node has
 * both of, unless the pod asks for a level itself. Categories are all that keeps containers apart
 * whose processes have the same type.
 */
final class SelinuxLevels {
  private static final int CATEGORIES = 1024;
  private static final int TRIES = 10_000;

  private final @Nullable SelinuxPolicy policy;
  private final Registry<Pod> pods;
  private final SecureRandom random = new SecureRandom();

  /** Chosen for pods that are not in the registry yet. */
  private final Set<String> pending = new HashSet<>();

  /**
   * @param policy null without SELinux
   */
  SelinuxLevels(@Nullable SelinuxPolicy policy, Registry<Pod> pods) {
    this.policy = policy;
    this.pods = pods;
  }

  /** For a pod that is about to be made; empty without SELinux. To be {@link #settled} then. */
  synchronized String choose(PodSandboxConfig config) {
    if (policy == null || policy.process().level().isEmpty()) {
      return "";
    }
    String asked = config.getLinux().getSecurityContext().getSelinuxOptions().getLevel();
    if (!asked.isEmpty()) {
      return asked;
    }
    Set<String> taken = new HashSet<>(pending);
    pods.all().forEach(pod -> taken.add(pod.identity().selinuxLevel()));
    for (int i = 0; i < TRIES; i++) {
      String level = level(random.nextInt(CATEGORIES), random.nextInt(CATEGORIES));
      if (!level.isEmpty() && !taken.contains(level)) {
        pending.add(level);
        return level;
      }
    }
    throw new Fault.Exhausted("choose an SELinux level: all that were tried are taken");
  }

  private static String level(int one, int other) {
    return one == other ? "" : "s0:c%d,c%d".formatted(Math.min(one, other), Math.max(one, other));
  }

  /** The pod is in the registry, or there will be none. */
  synchronized void settled(String level) {
    pending.remove(level);
  }

  /** The label of what the containers of a pod share; null without SELinux. */
  @Nullable String shared(Pod.Identity pod) {
    return policy == null ? null : policy.file().at(pod.selinuxLevel()).toString();
  }
}
