@NullMarked
package dev.gantry.runtime.hooks;

import org.jspecify.annotations.NullMarked;
