/** Archives of images: docker save, OCI layouts and archives. */
@NullMarked
package dev.gantry.image.archive;

import org.jspecify.annotations.NullMarked;
