package dev.gantry.linux;

import org.jspecify.annotations.Nullable;

/**
 * Every failure that Gantry reports. The subclass says how a caller should take it and becomes the
 * gRPC code in exactly one place; the message says what was tried on what, in lower case, without
 * full stop and never with a credential in it.
 */
public abstract sealed class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private Fault(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The same failure seen from further out: {@code context} is put in front of the message. */
  public final Fault within(String context) {
    String text = context + ": " + getMessage();
    return switch (this) {
      case NotFound _ -> new NotFound(text, this);
      case AlreadyExists _ -> new AlreadyExists(text, this);
      case Invalid _ -> new Invalid(text, this);
      case Precondition _ -> new Precondition(text, this);
      case Unsupported _ -> new Unsupported(text, this);
      case Unavailable _ -> new Unavailable(text, this);
      case Exhausted _ -> new Exhausted(text, this);
      case Timeout _ -> new Timeout(text, this);
      case Cancelled _ -> new Cancelled(text, this);
      case Syscall s -> new Syscall(s.errno(), text, this);
      case Internal _ -> new Internal(text, this);
    };
  }

  /** The thing named does not exist. The kubelet acts on this one: use it for CRI objects only. */
  public static final class NotFound extends Fault {
    private static final long serialVersionUID = 1L;

    public NotFound(String message) {
      super(message, null);
    }

    public NotFound(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The name is taken by something else. */
  public static final class AlreadyExists extends Fault {
    private static final long serialVersionUID = 1L;

    public AlreadyExists(String message) {
      super(message, null);
    }

    public AlreadyExists(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The request itself is wrong, whatever the state of the node; names the field. */
  public static final class Invalid extends Fault {
    private static final long serialVersionUID = 1L;

    public Invalid(String message) {
      super(message, null);
    }

    public Invalid(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The request is right, but not in this state. */
  public static final class Precondition extends Fault {
    private static final long serialVersionUID = 1L;

    public Precondition(String message) {
      super(message, null);
    }

    public Precondition(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** This Gantry, or this node's kernel, cannot do it. */
  public static final class Unsupported extends Fault {
    private static final long serialVersionUID = 1L;

    public Unsupported(String message) {
      super(message, null);
    }

    public Unsupported(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Something outside does not answer; trying again may help. */
  public static final class Unavailable extends Fault {
    private static final long serialVersionUID = 1L;

    public Unavailable(String message) {
      super(message, null);
    }

    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Out of something: disk, addresses, slots. */
  public static final class Exhausted extends Fault {
    private static final long serialVersionUID = 1L;

    public Exhausted(String message) {
      super(message, null);
    }

    public Exhausted(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** A deadline passed. */
  public static final class Timeout extends Fault {
    private static final long serialVersionUID = 1L;

    public Timeout(String message) {
      super(message, null);
    }

    public Timeout(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The caller went away; what was begun has been undone. */
  public static final class Cancelled extends Fault {
    private static final long serialVersionUID = 1L;

    public Cancelled(String message) {
      super(message, null);
    }

    public Cancelled(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The kernel said no. The message ends with the errno's name. */
  public static final class Syscall extends Fault {
    private static final long serialVersionUID = 1L;
    private final Errno errno;

    /**
     * @param action what was tried on what, such as {@code mount overlay on /a/b}
     */
    public Syscall(int errno, String action) {
      super(action + ": " + Errno.nameOf(errno), null);
      this.errno = Errno.of(errno);
    }

    private Syscall(Errno errno, String message, Throwable cause) {
      super(message, cause);
      this.errno = errno;
    }

    public Errno errno() {
      return errno;
    }
  }

  /** A defect of ours or of the node. */
  public static final class Internal extends Fault {
    private static final long serialVersionUID = 1L;

    public Internal(String message) {
      super(message, null);
    }

    public Internal(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
