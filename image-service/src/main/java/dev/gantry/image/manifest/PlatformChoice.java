package dev.gantry.image.manifest;

import dev.gantry.linux.Fault;
import java.util.List;
import java.util.stream.Collectors;

/** Chooses the manifest of an index that this machine runs best. */
public final class PlatformChoice {
  private static final String DOCKER_REFERENCE_TYPE = "vnd.docker.reference.type";

  private final Platform machine;

  public PlatformChoice(Platform machine) {
    this.machine = machine;
  }

  /**
   * The best entry; of equal ones the first. Entries without platform are taken when no other fits,
   * and only when there is just one that could be an image.
   *
   * @throws Fault.Unsupported when nothing runs here
   */
  public Descriptor best(String name, List<Descriptor> manifests) {
    Descriptor best = null;
    int bestRank = -1;
    for (Descriptor entry : manifests) {
      int rank = entry.platform().map(machine::rank).orElse(-1);
      if (rank > bestRank && isImage(entry)) {
        best = entry;
        bestRank = rank;
      }
    }
    if (best != null) {
      return best;
    }
    List<Descriptor> unmarked =
        manifests.stream().filter(m -> m.platform().isEmpty() && isImage(m)).toList();
    if (unmarked.size() == 1) {
      return unmarked.getFirst();
    }
    throw new Fault.Unsupported(
        "%s: nothing for %s, only %s"
            .formatted(
                name,
                machine,
                manifests.stream()
                    .map(m -> m.platform().map(Platform::toString).orElse("unknown"))
                    .limit(20)
                    .collect(Collectors.joining(", "))));
  }

  /** BuildKit stores attestations in the index, as manifests of their own. */
  private static boolean isImage(Descriptor entry) {
    return !entry.annotations().containsKey(DOCKER_REFERENCE_TYPE);
  }

  /** Whether a config's platform fits, for manifests that came without index. */
  public void check(String name, Platform built) {
    if (!built.os().isEmpty() && machine.rank(built) < 0) {
      throw new Fault.Unsupported("%s: built for %s, this is %s".formatted(name, built, machine));
    }
  }
}
