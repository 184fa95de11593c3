/** From the bytes of a layer to a directory that overlayfs takes, whatever is in them. */
@NullMarked
package dev.gantry.image.layer;

import org.jspecify.annotations.NullMarked;
