/**
 * What streaming needs of pods and containers, and what they need of the streaming server. The
 * server knows HTTP and nothing of containers; who implements {@link
 * dev.gantry.runtime.stream.Streams} knows containers and nothing of HTTP.
 */
@NullMarked
package dev.gantry.runtime.stream;

import org.jspecify.annotations.NullMarked;
