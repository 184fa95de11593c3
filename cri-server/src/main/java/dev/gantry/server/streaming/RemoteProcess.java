package dev.gantry.server.streaming;

import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of exec and attach, whatever the protocol. A stream that was not asked for is
 * null.
 *
 * @param resize sizes of the terminal, JSON objects one after the other
 * @param jsonStatus whether the end is told as a Kubernetes Status in JSON (version 4 and later),
 *     or as text, and only failures
 * @param goodbye says that the session is over, after all streams have been closed
 */
record RemoteProcess(
    Wire wire,
    @Nullable InputStream stdin,
    @Nullable OutputStream stdout,
    @Nullable OutputStream stderr,
    OutputStream error,
    @Nullable InputStream resize,
    boolean jsonStatus,
    Runnable goodbye) {}
