package dev.gantry.runtime.spec;

import org.jspecify.annotations.Nullable;

/**
 * Paths of the namespaces a pod's containers share. Absent means the node's own, for {@code pid}
 * also that the pod has none to share and each container makes its own.
 *
 * @param network such as /run/netns/gantry-0123456789abcdef
 * @param user unused when the pod's configuration asks for no user namespace
 * @param pid of the pause process, such as /proc/123/ns/pid
 */
public record PodNamespaces(
    @Nullable String network,
    @Nullable String ipc,
    @Nullable String uts,
    @Nullable String pid,
    @Nullable String user) {}
