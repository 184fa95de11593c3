/** The daemon's side of docs/shim.md: starting shims, talking to them, reading what they left. */
@NullMarked
package dev.gantry.runtime.shim;

import org.jspecify.annotations.NullMarked;
