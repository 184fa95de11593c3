/** The Container Device Interface: devices of vendors, described by files of the node. */
@NullMarked
package dev.gantry.runtime.cdi;

import org.jspecify.annotations.NullMarked;
