package dev.gantry.server.config;

/** How much the daemon says; written in lower case. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE
}
