/** The parts of a call's work, for those who watch: traces, metrics. */
@NullMarked
package dev.gantry.stage;

import org.jspecify.annotations.NullMarked;
