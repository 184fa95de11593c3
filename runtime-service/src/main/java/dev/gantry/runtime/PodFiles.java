package dev.gantry.runtime;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The three files of a pod that its containers see as /etc/hosts, /etc/hostname and
 * /etc/resolv.conf. The kubelet mounts an /etc/hosts of its own over ours where it manages it.
 */
final class PodFiles {
  private final Path hostEtc;

  /**
   * @param hostEtc the node's /etc
   */
  PodFiles(Path hostEtc) {
    this.hostEtc = hostEtc;
  }

  /** Writes the files into {@code dir}. {@code hostname} is the pod's, never empty. */
  void write(Path dir, PodSandboxConfig config, String hostname) {
    FileTree.make(dir);
    FileTree.write(dir.resolve("hostname"), hostname + "\n");
    copy(hostEtc.resolve("hosts"), dir.resolve("hosts"), "127.0.0.1 localhost\n::1 localhost\n");
    if (config.hasDnsConfig()) {
      FileTree.write(dir.resolve("resolv.conf"), resolvConf(config.getDnsConfig()));
    } else {
      copy(hostEtc.resolve("resolv.conf"), dir.resolve("resolv.conf"), "");
    }
  }

  /** resolv.conf(5) of a CRI DNS configuration. */
  static String resolvConf(DNSConfig dns) {
    StringBuilder text = new StringBuilder();
    line(text, "search", dns.getSearchesList(), "dns_config.searches");
    for (String server : dns.getServersList()) {
      line(text, "nameserver", List.of(server), "dns_config.servers");
    }
    line(text, "options", dns.getOptionsList(), "dns_config.options");
    return text.toString();
  }

  private static void line(StringBuilder text, String keyword, List<String> words, String field) {
    if (words.isEmpty()) {
      return;
    }
    for (String word : words) {
      if (word.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
        throw new Fault.Invalid(
            "config.%s: \"%s\" has white space or control characters"
                .formatted(field, word.replaceAll("\\p{Cntrl}", "?")));
      }
    }
    text.append(keyword).append(' ').append(String.join(" ", words)).append('\n');
  }

  private static void copy(Path from, Path to, String otherwise) {
    try {
      FileTree.write(to, Files.exists(from) ? Files.readString(from) : otherwise);
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(from, e), e);
    }
  }
}
