package dev.gantry.cni;

/** Settings of the kernel within the network namespace that is being attached. */
@FunctionalInterface
public interface PodSysctls {
  /**
   * @param name with slashes, such as {@code net/ipv6/conf/eth0/accept_dad}
   */
  void write(String name, String value);
}
