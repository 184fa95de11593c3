/** What containers and pods use, read straight from cgroup files and /proc. */
@NullMarked
package dev.gantry.runtime.stats;

import org.jspecify.annotations.NullMarked;
