/** The same config.json through our executor and through crun must look the same from inside. */
@NullMarked
package dev.gantry.runtime.oracle;

import org.jspecify.annotations.NullMarked;
