package dev.gantry.cni;

import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace that wants to be attached.
 *
 * @param containerId the id that plugins see; also what {@link DetachRequest} names
 * @param netnsPath where the namespace is pinned
 * @param netlink an rtnetlink socket made inside it, owned by the caller; null: built-in plugins
 *     cannot be used
 * @param args for {@code CNI_ARGS}, such as {@code K8S_POD_NAMESPACE}
 * @param capabilities further capability arguments by their CNI names ({@code bandwidth}, {@code
 *     ipRanges}, {@code dns}, {@code ips}, {@code mac}, {@code aliases}, {@code cgroupPath}), made
 *     of maps, lists, strings, numbers and booleans
 */
public record AttachmentRequest(
    String containerId,
    String netnsPath,
    @Nullable Fd netlink,
    Map<String, String> args,
    List<PortMapping> portMappings,
    Map<String, Object> capabilities,
    PodSysctls sysctls) {
  private static final Pattern ID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  public AttachmentRequest {
    checkId(containerId);
    portMappings = List.copyOf(portMappings);
    capabilities = Map.copyOf(capabilities);
    args = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(args));
    args.forEach(
        (key, value) -> {
          // A separator in a value would become another argument.
          if (key.isEmpty() || key.contains("=") || (key + value).contains(";")) {
            throw new Fault.Invalid("network argument " + key + ": has a separator in it");
          }
        });
  }

  /** CNI 1.1, section 2: what a container id is made of. */
  static void checkId(String containerId) {
    if (!ID.matcher(containerId).matches()) {
      throw new Fault.Invalid("container id \"" + containerId + "\" is not one");
    }
  }
}
