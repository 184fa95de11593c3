@NullMarked
package dev.gantry.server.trace;

import org.jspecify.annotations.NullMarked;
