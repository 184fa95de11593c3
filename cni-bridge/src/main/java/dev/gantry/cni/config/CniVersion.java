package dev.gantry.cni.config;

import java.util.Comparator;
import java.util.List;

/** Versions of the CNI specification, and what came with them. */
public final class CniVersion {
  /** All that this runtime speaks, oldest first. */
  public static final List<String> SUPPORTED =
      List.of("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

  private static final Comparator<String> ORDER = Comparator.comparingInt(SUPPORTED::indexOf);

  private CniVersion() {}

  public static boolean supported(String version) {
    return SUPPORTED.contains(version);
  }

  static String newest(List<String> versions) {
    return versions.stream().max(ORDER).orElseThrow();
  }

  private static boolean since(String version, String first) {
    return ORDER.compare(version, first) >= 0;
  }

  /** CHECK, and the previous result given to DEL. */
  public static boolean hasCheck(String version) {
    return since(version, "0.4.0");
  }

  /** STATUS and GC. */
  public static boolean hasStatus(String version) {
    return since(version, "1.1.0");
  }

  /** Addresses as one list, {@code ips}, instead of {@code ip4} and {@code ip6}. */
  public static boolean hasAddressList(String version) {
    return since(version, "0.3.0");
  }

  /** Addresses that don't name their own family. */
  public static boolean hasFamilylessAddresses(String version) {
    return since(version, "1.0.0");
  }
}
