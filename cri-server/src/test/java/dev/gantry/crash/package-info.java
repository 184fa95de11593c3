/** What the daemon of a crash test has within it, beside its own classes. */
@NullMarked
package dev.gantry.crash;

import org.jspecify.annotations.NullMarked;
