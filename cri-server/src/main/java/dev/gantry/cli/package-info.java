/**
 * {@code gantry}: a command-line client for people. It speaks CRI to any runtime and knows nothing
 * of the daemon but its socket.
 */
@NullMarked
package dev.gantry.cli;

import org.jspecify.annotations.NullMarked;
