/** Root tests that drive the real daemon over its socket. */
@NullMarked
package dev.gantry.it;

import org.jspecify.annotations.NullMarked;
