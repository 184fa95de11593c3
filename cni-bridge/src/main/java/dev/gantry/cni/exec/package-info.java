/** Plugins that are programs. */
@NullMarked
package dev.gantry.cni.exec;

import org.jspecify.annotations.NullMarked;
