package dev.gantry.cni.plugin;

import org.jspecify.annotations.Nullable;

/** The error a plugin answered with, or the reason why it could not be asked. */
public final class PluginFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** Codes of CNI 1.1, section 5, "Error". */
  public static final int INVALID_CONFIG = 7;

  public static final int TRY_LATER = 11;

  /** STATUS: no container can be added. */
  public static final int NOT_AVAILABLE = 50;

  /** STATUS: none can be added, and those added may have no connection. */
  public static final int LIMITED = 51;

  /** First of the codes that are the plugin's own. */
  public static final int OTHER = 100;

  /** There is no such program; below the codes of the specification. */
  public static final int NOT_FOUND = -1;

  private final int code;

  public PluginFailure(int code, String message) {
    this(code, message, null);
  }

  public PluginFailure(int code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public int code() {
    return code;
  }
}
