package dev.gantry.runtime.shim;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param startTicks start time in clock ticks since boot (proc_pid_stat(5), field 22)
 */
public record PidRef(int pid, long startTicks) {}
