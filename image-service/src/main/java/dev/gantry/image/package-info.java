/** Images: references, registries, layers, the overlay rootfs. Has never heard of a pod. */
@NullMarked
package dev.gantry.image;

import org.jspecify.annotations.NullMarked;
