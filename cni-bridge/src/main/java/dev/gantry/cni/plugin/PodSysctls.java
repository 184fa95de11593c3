package dev.gantry.cni.plugin;

import dev.gantry.linux.Fault;

/** Settings of the kernel within the network namespace that is being attached. */
public interface PodSysctls {
  /** Where the namespace cannot be entered: every use is refused. */
  PodSysctls NONE =
      new PodSysctls() {
        @Override
        public String read(String name) {
          throw new Fault.Unsupported("read sysctl " + name + ": nobody is in the namespace");
        }

        @Override
        public void write(String name, String value) {
          throw new Fault.Unsupported("write sysctl " + name + ": nobody is in the namespace");
        }
      };

  /**
   * @param name with slashes, such as {@code net/ipv6/conf/eth0/accept_dad}
   * @return the value without the end of its line
   */
  String read(String name);

  /** As {@link #read} names it. */
  void write(String name, String value);
}
