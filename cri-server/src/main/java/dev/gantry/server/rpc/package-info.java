/** How a call is served: its socket, its thread, its failure, its line in the log. */
@NullMarked
package dev.gantry.server.rpc;

import org.jspecify.annotations.NullMarked;
