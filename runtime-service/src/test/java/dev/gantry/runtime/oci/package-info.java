@NullMarked
package dev.gantry.runtime.oci;

import org.jspecify.annotations.NullMarked;
