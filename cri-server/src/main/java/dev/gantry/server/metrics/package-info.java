/** What is counted, for Prometheus. */
@NullMarked
package dev.gantry.server.metrics;

import org.jspecify.annotations.NullMarked;
