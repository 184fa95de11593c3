/** The daemon: wiring, configuration, the socket and its interceptors. */
@NullMarked
package dev.gantry.server;

import org.jspecify.annotations.NullMarked;
