/** Launch plans: what the shim obeys, compiled from an OCI specification (docs/shim.md). */
@NullMarked
package dev.gantry.runtime.plan;

import org.jspecify.annotations.NullMarked;
