/** Pods and containers: verbs, state, recovery and the gRPC RuntimeService. */
@NullMarked
package dev.gantry.runtime;

import org.jspecify.annotations.NullMarked;
