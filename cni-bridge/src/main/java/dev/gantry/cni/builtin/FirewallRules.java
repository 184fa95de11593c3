package dev.gantry.cni.builtin;

import dev.gantry.linux.netlink.XtablesFilter;
import dev.gantry.linux.netlink.XtablesRule;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rules that let containers' packets through the host, in the places and words of the program
 * {@code firewall}, so that it can check and delete them, and ours those that it has made. They
 * have to be in the table of iptables: what is accepted in a table of our own may still be dropped
 * in that one.
 */
final class FirewallRules {
  private static final String FORWARD = "FORWARD";
  private static final String OURS = "CNI-FORWARD";
  private static final String STAGE1 = "CNI-ISOLATION-STAGE-1";
  private static final String STAGE2 = "CNI-ISOLATION-STAGE-2";
  private static final String COMMENT = "CNI firewall plugin rules";

  private FirewallRules() {}

  private static XtablesRule answersTo(InetAddress address) {
    return XtablesRule.all().to(address).answers().accept();
  }

  private static XtablesRule from(InetAddress address) {
    return XtablesRule.all().from(address).accept();
  }

  private static XtablesRule jump(String comment, String chain) {
    return XtablesRule.all().comment(comment).jump(chain);
  }

  /**
   * Puts in force what is missing.
   *
   * @param bridge of containers that not all may reach; empty when the policy is open
   * @return whether anything was
   */
  static boolean ensure(
      boolean ipv4, FirewallConfig config, String bridge, List<InetAddress> addresses) {
    try (XtablesFilter filter = XtablesFilter.open(ipv4)) {
      Set<String> forward = meanings(filter, FORWARD);
      Set<String> ours = meanings(filter, OURS);
      filter.forward().chain(OURS).chain(config.adminChain());
      boolean changed = false;
      XtablesRule toOurs = jump(COMMENT, OURS);
      boolean jumps = forward.contains(toOurs.meaning());
      if (!jumps) {
        filter.insert(FORWARD, toOurs);
        changed = true;
      }
      XtablesRule toAdmin = jump("CNI firewall plugin admin overrides", config.adminChain());
      if (!ours.contains(toAdmin.meaning())) {
        filter.insert(OURS, toAdmin);
        changed = true;
      }
      for (InetAddress address : addresses) {
        for (XtablesRule rule : List.of(answersTo(address), from(address))) {
          if (!ours.contains(rule.meaning())) {
            filter.append(OURS, rule);
            changed = true;
          }
        }
      }
      if (!bridge.isEmpty()) {
        changed |= isolate(filter, config.ingress(), bridge, jumps);
      }
      if (changed) {
        filter.commit();
      }
      return changed;
    }
  }

  /**
   * What is dropped has to be dropped before others accept it.
   *
   * @param jumped whether the jump to the accepting rules was there before, and stands where it was
   */
  private static boolean isolate(
      XtablesFilter filter, FirewallConfig.Ingress ingress, String bridge, boolean jumped) {
    boolean changed = false;
    String comment = comment(ingress);
    filter.chain(STAGE1).chain(STAGE2);
    Set<String> first = meanings(filter, STAGE1);
    Set<String> second = meanings(filter, STAGE2);
    XtablesRule back = XtablesRule.all().comment(comment).back();
    List<XtablesRule> inserted =
        ingress == FirewallConfig.Ingress.ISOLATED
            ? List.of(fromOthers(bridge, comment), within(bridge, comment))
            : List.of(fromOthers(bridge, comment));
    for (XtablesRule rule : inserted) {
      if (!first.contains(rule.meaning())) {
        filter.insert(STAGE1, rule);
        changed = true;
      }
    }
    XtablesRule intoOthers = XtablesRule.all().out(bridge).comment(comment).drop();
    if (!second.contains(intoOthers.meaning())) {
      filter.insert(STAGE2, intoOthers);
      changed = true;
    }
    if (!first.contains(back.meaning())) {
      filter.append(STAGE1, back);
      changed = true;
    }
    if (!second.contains(back.meaning())) {
      filter.append(STAGE2, back);
      changed = true;
    }
    XtablesRule toStage = jump(comment, STAGE1);
    List<XtablesFilter.Present> present =
        filter.rules(FORWARD).stream().filter(r -> r.meaning().equals(toStage.meaning())).toList();
    if (present.isEmpty() || !jumped) {
      present.forEach(old -> filter.delete(FORWARD, old));
      filter.insert(FORWARD, toStage);
      changed = true;
    }
    return changed;
  }

  private static XtablesRule fromOthers(String bridge, String comment) {
    return XtablesRule.all().in(bridge).notOut(bridge).comment(comment).jump(STAGE2);
  }

  private static XtablesRule within(String bridge, String comment) {
    return XtablesRule.all().in(bridge).out(bridge).comment(comment).drop();
  }

  private static String comment(FirewallConfig.Ingress ingress) {
    String policy = ingress == FirewallConfig.Ingress.ISOLATED ? "isolated" : "same-bridge";
    return COMMENT + " (ingressPolicy: " + policy + ")";
  }

  /** Takes away all that lets these addresses through. */
  static void remove(boolean ipv4, List<InetAddress> addresses) {
    try (XtablesFilter filter = XtablesFilter.open(ipv4)) {
      Set<String> unwanted =
          addresses.stream()
              .flatMap(a -> List.of(answersTo(a), from(a)).stream())
              .map(XtablesRule::meaning)
              .collect(Collectors.toSet());
      filter.rules(OURS).stream()
          .filter(rule -> unwanted.contains(rule.meaning()))
          .forEach(rule -> filter.delete(OURS, rule));
      filter.commit();
    }
  }

  /** Whether all that lets these addresses through is in force. */
  static boolean present(boolean ipv4, List<InetAddress> addresses) {
    try (XtablesFilter filter = XtablesFilter.open(ipv4)) {
      Set<String> ours = meanings(filter, OURS);
      return meanings(filter, FORWARD).contains(jump(COMMENT, OURS).meaning())
          && addresses.stream()
              .allMatch(
                  a -> ours.contains(answersTo(a).meaning()) && ours.contains(from(a).meaning()));
    }
  }

  private static Set<String> meanings(XtablesFilter filter, String chain) {
    return filter.rules(chain).stream()
        .map(XtablesFilter.Present::meaning)
        .collect(Collectors.toSet());
  }
}
