/** Control groups, version 1 and 2 (cgroups(7)), by files below a mount point. */
@NullMarked
package dev.gantry.runtime.cgroup;

import org.jspecify.annotations.NullMarked;
