/** The metrics that the kubelet passes on instead of cAdvisor's (KEP-2371). */
@NullMarked
package dev.gantry.runtime.metrics;

import org.jspecify.annotations.NullMarked;
