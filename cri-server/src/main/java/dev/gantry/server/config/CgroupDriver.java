package dev.gantry.server.config;

/** Who makes the cgroups of pods; written in lower case. */
public enum CgroupDriver {
  /** gantryd itself. */
  CGROUPFS,
  /** systemd, over D-Bus. */
  SYSTEMD
}
