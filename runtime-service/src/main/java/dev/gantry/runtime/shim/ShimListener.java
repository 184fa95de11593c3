package dev.gantry.runtime.shim;

/** What shims say unasked. Each call comes in a thread of its own and may block. */
public interface ShimListener {
  /** A container's init process has ended. */
  void exited(String podId, String containerId, ExitRecord exit);

  /** A process that {@link Shim#exec} started has ended. */
  void execExited(String podId, String containerId, String execId, int exitCode);

  /** The container's log could not be written; the container goes on. */
  void logFailed(String podId, String containerId, int errno);

  /** The shim is gone, or has closed the connection: it says nothing more. */
  void disconnected(String podId);
}
