package dev.gantry.server;

import java.lang.reflect.Proxy;

/**
 * SIGHUP, by {@code sun.misc.Signal} of the module jdk.unsupported: the JDK has no other door to
 * signals. By reflection, because the compiler's warning about that class cannot be turned off.
 */
final class Hangup {
  private Hangup() {}

  /** Runs {@code action} for each SIGHUP, one at a time, on a thread of its own. */
  @SuppressWarnings("ReferenceEquality") // that of a handler is its identity
  static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield null;
                    }
                    case "equals" -> arguments != null && proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "handler of SIGHUP";
                  });
      Object hup = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handler).invoke(null, hup, ours);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("handle SIGHUP: " + e, e);
    }
  }
}
