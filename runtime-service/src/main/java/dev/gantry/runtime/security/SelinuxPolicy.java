package dev.gantry.runtime.security;

/**
 * What the node's policy has for containers, from its {@code lxc_contexts}; see
 * selinux_lxc_contexts_path(3).
 *
 * @param process label of a container's processes, without categories
 * @param file label of what they may write to, likewise
 */
public record SelinuxPolicy(SelinuxContext process, SelinuxContext file) {}
