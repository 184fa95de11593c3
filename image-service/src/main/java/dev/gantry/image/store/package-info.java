/** Layer directories on disk and their records: published whole or not at all. */
@NullMarked
package dev.gantry.image.store;

import org.jspecify.annotations.NullMarked;
