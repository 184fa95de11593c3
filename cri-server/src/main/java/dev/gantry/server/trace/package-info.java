/** Traces of calls, by OpenTelemetry; loaded only where they are on. */
@NullMarked
package dev.gantry.server.trace;

import org.jspecify.annotations.NullMarked;
