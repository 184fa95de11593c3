/**
 * Container networks: CNI configurations, plugins executed and built in. Has never heard of a pod.
 */
@NullMarked
package dev.gantry.cni;

import org.jspecify.annotations.NullMarked;
