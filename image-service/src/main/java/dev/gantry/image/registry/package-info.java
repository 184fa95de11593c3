/** Talking to registries: hosts, authentication, manifests and blobs over HTTP. */
@NullMarked
package dev.gantry.image.registry;

import org.jspecify.annotations.NullMarked;
