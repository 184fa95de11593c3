/**
 * rtnetlink(7): messages as values, and the conversation that carries them. Links, addresses,
 * routes and neighbours of a network namespace.
 */
@NullMarked
package dev.gantry.linux.netlink;

import org.jspecify.annotations.NullMarked;
