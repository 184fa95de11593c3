/** The configuration: declared once as records, from which parser and documentation both come. */
@NullMarked
package dev.gantry.server.config;

import org.jspecify.annotations.NullMarked;
