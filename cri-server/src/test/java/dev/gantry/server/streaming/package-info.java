/** Clients of the streaming server, as real as the server, and its tests with them. */
@NullMarked
package dev.gantry.server.streaming;

import org.jspecify.annotations.NullMarked;
