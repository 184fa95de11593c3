/**
 * The streaming server: exec, attach and port-forward over SPDY/3.1 and WebSocket, as {@code
 * kubectl} and {@code crictl} speak them. Event loops only move bytes between sockets and bounded
 * queues; everything else is blocking code on virtual threads.
 */
@NullMarked
package dev.gantry.server.streaming;

import org.jspecify.annotations.NullMarked;
