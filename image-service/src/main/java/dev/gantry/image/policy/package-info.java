/** Which images may be pulled, by their signatures. */
@NullMarked
package dev.gantry.image.policy;

import org.jspecify.annotations.NullMarked;
