/** The one SQLite file that holds what must survive the daemon. */
@NullMarked
package dev.gantry.state;

import org.jspecify.annotations.NullMarked;
