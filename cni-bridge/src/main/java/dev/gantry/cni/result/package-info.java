/** What a plugin answers to ADD, in every version of the CNI specification. */
@NullMarked
package dev.gantry.cni.result;

import org.jspecify.annotations.NullMarked;
