@NullMarked
package dev.gantry.runtime.cdi;

import org.jspecify.annotations.NullMarked;
