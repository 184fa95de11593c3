/**
 * Kubernetes manifests of pods, read from YAML and translated to CRI as the kubelet does it. What
 * is not honoured is refused by name.
 */
@NullMarked
package dev.gantry.manifest;

import org.jspecify.annotations.NullMarked;
