/**
 * The kernel as Gantry sees it: system calls, sockets, rooted paths and the error type. The only
 * package that knows jnr-ffi.
 */
@NullMarked
package dev.gantry.linux;

import org.jspecify.annotations.NullMarked;
