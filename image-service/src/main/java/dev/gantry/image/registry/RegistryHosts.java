package dev.gantry.image.registry;

import dev.gantry.image.registry.TlsSettings.ClientKey;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where to look for the images of a registry: {@code <dir>/<registry>/hosts.toml}, {@code
 * <dir>/_default}, else certificates in Docker's layout, else the registry itself. Read anew for
 * each pull.
 */
public final class RegistryHosts {
  /** With a port; registries of the loopback interface on another than this speak plain HTTP. */
  private static final Pattern PLAIN =
      Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1]):(?!443$)[0-9]+");

  private final List<Path> directories;

  /**
   * @param directories such as {@code /etc/containerd/certs.d}; the first that knows a registry
   *     counts
   */
  public RegistryHosts(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /** The hosts for a registry, in the order to try. */
  List<RegistryHost> of(String registry) {
    for (Path directory : directories) {
      for (String name : List.of(withoutColon(registry), registry, "_default")) {
        Path candidate = directory.resolve(name);
        if (Files.isDirectory(candidate)) {
          Path file = candidate.resolve("hosts.toml");
          return Files.exists(file)
              ? HostsFile.read(file, registry, upstream(registry))
              : withCertificates(candidate, registry);
        }
      }
    }
    return List.of(RegistryHost.of(upstream(registry), TlsSettings.DEFAULT));
  }

  /** {@code host_5000_}, as containerd writes ports where a colon is not allowed. */
  private static String withoutColon(String registry) {
    int colon = registry.lastIndexOf(':');
    return colon > registry.lastIndexOf(']')
        ? registry.substring(0, colon) + "_" + registry.substring(colon + 1) + "_"
        : registry;
  }

  private static URI upstream(String registry) {
    String host = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
    // What does not leave this machine needs no TLS. A server that speaks it all the same is
    // named in hosts.toml, or has certificates there.
    return URI.create((PLAIN.matcher(registry).matches() ? "http://" : "https://") + host + "/v2");
  }

  /** Docker's layout: {@code *.crt} are authorities, {@code *.cert} with {@code *.key} are ours. */
  private static List<RegistryHost> withCertificates(Path directory, String registry) {
    List<Path> authorities = new ArrayList<>();
    List<ClientKey> clients = new ArrayList<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".crt")) {
          authorities.add(file);
        } else if (name.endsWith(".cert")) {
          Path key = file.resolveSibling(name.replaceFirst("\\.cert$", ".key"));
          if (!Files.exists(key)) {
            throw new Fault.Invalid("%s: no key beside it".formatted(file));
          }
          clients.add(new ClientKey(file, key));
        }
      }
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(directory, e.getMessage()), e);
    }
    if (authorities.isEmpty() && clients.isEmpty()) {
      return List.of(RegistryHost.of(upstream(registry), TlsSettings.DEFAULT));
    }
    URI secure = URI.create(upstream(registry).toString().replaceFirst("^http:", "https:"));
    return List.of(RegistryHost.of(secure, new TlsSettings(authorities, clients, false)));
  }
}
