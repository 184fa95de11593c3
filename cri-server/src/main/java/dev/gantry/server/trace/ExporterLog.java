package dev.gantry.server.trace;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/** What OpenTelemetry says by java.util.logging, in the daemon's own log. */
final class ExporterLog extends Handler {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(ExporterLog.class);

  /** Kept: the log manager holds loggers weakly, and with one would go its handler. */
  private static final Logger SOURCE = Logger.getLogger("io.opentelemetry");

  private ExporterLog() {}

  /** For the rest of this process. */
  static synchronized void install() {
    if (SOURCE.getHandlers().length == 0) {
      SOURCE.setUseParentHandlers(false);
      SOURCE.addHandler(new ExporterLog());
    }
  }

  @Override
  public void publish(LogRecord said) {
    if (said.getLevel().intValue() >= Level.WARNING.intValue()) {
      Throwable thrown = said.getThrown();
      LOG.warn("traces: {}{}", said.getMessage(), thrown == null ? "" : ": " + thrown);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
