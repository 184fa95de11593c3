package dev.gantry.server.streaming;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;

/** Which streams a client asked for. A terminal has no stderr of its own. */
record StreamOptions(boolean stdin, boolean stdout, boolean stderr, boolean tty) {
  static StreamOptions of(ExecRequest request) {
    return new StreamOptions(
        request.getStdin(),
        request.getStdout(),
        request.getStderr() && !request.getTty(),
        request.getTty());
  }

  static StreamOptions of(AttachRequest request) {
    return new StreamOptions(
        request.getStdin(),
        request.getStdout(),
        request.getStderr() && !request.getTty(),
        request.getTty());
  }
}
