/** Hooks that the node's operator wants in containers: the directories of oci-hooks(5). */
@NullMarked
package dev.gantry.runtime.hooks;

import org.jspecify.annotations.NullMarked;
