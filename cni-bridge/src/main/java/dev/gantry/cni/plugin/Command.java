package dev.gantry.cni.plugin;

/** What a plugin can be asked to do, as {@code CNI_COMMAND} says it. */
public enum Command {
  ADD,
  DEL,
  CHECK,
  STATUS,
  GC,
  VERSION
}
