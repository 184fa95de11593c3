package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What people call things: a name, or the beginning of an id. */
final class Names {
  private final List<PodSandbox> pods;
  private final List<Container> containers;

  Names(Connection connection) {
    pods =
        connection
            .runtime()
            .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
            .getItemsList();
    containers =
        connection
            .runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersList();
  }

  List<Container> containersOf(PodSandbox pod) {
    return containers.stream().filter(c -> c.getPodSandboxId().equals(pod.getId())).toList();
  }

  /** The pod called {@code text}; null when there is none. */
  @Nullable PodSandbox pod(String text) {
    return find("pods", text, pods, PodSandbox::getId, p -> p.getMetadata().getName());
  }

  /** The container called {@code text}, or the only one of the pod called so; null when none. */
  @Nullable Container container(String text) {
    Container container =
        find("containers", text, containers, Container::getId, c -> c.getMetadata().getName());
    if (container != null) {
      return container;
    }
    PodSandbox pod = pod(text);
    List<Container> inside = pod == null ? List.of() : containersOf(pod);
    if (inside.size() > 1) {
      throw new Problem(
          "pod %s has %d containers: name one of %s"
              .formatted(
                  text,
                  inside.size(),
                  inside.stream().map(c -> c.getMetadata().getName()).toList()));
    }
    return inside.isEmpty() ? null : inside.getFirst();
  }

  /** As {@link #pod}. */
  PodSandbox needPod(String text) {
    PodSandbox pod = pod(text);
    if (pod == null) {
      throw new Problem("no such pod: " + text);
    }
    return pod;
  }

  /** As {@link #container}. */
  Container needContainer(String text) {
    Container container = container(text);
    if (container == null) {
      throw new Problem("no such container: " + text);
    }
    return container;
  }

  private static <T> @Nullable T find(
      String kind, String text, List<T> all, Function<T, String> id, Function<T, String> name) {
    List<T> found = all.stream().filter(t -> id.apply(t).equals(text)).toList();
    if (found.isEmpty()) {
      found = all.stream().filter(t -> name.apply(t).equals(text)).toList();
    }
    if (found.isEmpty()) {
      found = all.stream().filter(t -> id.apply(t).startsWith(text)).toList();
    }
    if (found.size() > 1) {
      throw new Problem(
          "%s: %d %s match: %s"
              .formatted(text, found.size(), kind, found.stream().map(id).map(Words::id).toList()));
    }
    return found.isEmpty() ? null : found.getFirst();
  }
}
