package dev.gantry.server.config;

/** Who makes the cgroups of pods; written in lower case. */
public enum CgroupDriver {
  CGROUPFS
}
