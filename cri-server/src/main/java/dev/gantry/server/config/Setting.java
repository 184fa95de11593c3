package dev.gantry.server.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One key of the configuration, on the record component that holds its value. The key is the
 * component's name in snake_case.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {
  /** What it does, for people; lines end with {@code \n}. */
  String doc();

  /** The default, as TOML would have it: {@code "text"}, {@code 5}, {@code true}, {@code []}. */
  String initial();

  /** Whether SIGHUP applies it to a running daemon. */
  boolean reloads() default false;

  /** Smallest number allowed. */
  long min() default Long.MIN_VALUE;

  /** Largest number allowed. */
  long max() default Long.MAX_VALUE;
}
