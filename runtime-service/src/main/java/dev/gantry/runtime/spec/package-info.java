/**
 * The OCI runtime specification's {@code config.json} as records, and the pure function that makes
 * one out of what the kubelet asked for.
 */
@NullMarked
package dev.gantry.runtime.spec;

import org.jspecify.annotations.NullMarked;
