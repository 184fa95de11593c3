/** External OCI runtimes: their command line, what they can do, what they write when they fail. */
@NullMarked
package dev.gantry.runtime.oci;

import org.jspecify.annotations.NullMarked;
