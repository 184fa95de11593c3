/** The JSON documents of images: manifests, indexes and configs of OCI and Docker. */
@NullMarked
package dev.gantry.image.manifest;

import org.jspecify.annotations.NullMarked;
