/** The contract between the runtime and a plugin, whether executed or in this process. */
@NullMarked
package dev.gantry.cni.plugin;

import org.jspecify.annotations.NullMarked;
