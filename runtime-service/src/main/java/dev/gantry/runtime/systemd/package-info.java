/** The system manager, over the system bus (org.freedesktop.systemd1(5)). */
@NullMarked
package dev.gantry.runtime.systemd;

import org.jspecify.annotations.NullMarked;
