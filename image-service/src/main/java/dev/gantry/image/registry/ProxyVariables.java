package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY}, in capitals or not, as other
 * programs of a node read them: {@code NO_PROXY} lists hosts, domains, addresses, networks and
 * {@code *}; what is on this machine is never asked of a proxy.
 */
final class ProxyVariables extends ProxySelector {
  private final Optional<URI> http;
  private final Optional<URI> https;
  private final List<String> direct;

  ProxyVariables(Map<String, String> environment) {
    this.http = proxy(environment, "HTTP_PROXY");
    this.https = proxy(environment, "HTTPS_PROXY");
    this.direct =
        Stream.of(variable(environment, "NO_PROXY").split("[,\\s]+", -1))
            .map(s -> s.toLowerCase(Locale.ROOT))
            .filter(s -> !s.isEmpty())
            .toList();
  }

  private static String variable(Map<String, String> environment, String name) {
    String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    return lower.isEmpty() ? environment.getOrDefault(name, "") : lower;
  }

  private static Optional<URI> proxy(Map<String, String> environment, String name) {
    String value = variable(environment, name).strip();
    if (value.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(value.contains("://") ? value : "http://" + value);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException _) {
      // Said below, without the value: it may hold a password.
    }
    throw new Fault.Invalid(name + ": want http://HOST:PORT");
  }

  /** The proxy for a request; empty for none. */
  Optional<URI> of(URI target) {
    String host = host(target);
    if (isLoopback(host) || direct.stream().anyMatch(rule -> matches(rule, host, port(target)))) {
      return Optional.empty();
    }
    return "https".equals(target.getScheme()) ? https : http;
  }

  /** What to tell the proxy about us; null for nothing. */
  @Nullable String authorization(URI target) {
    String user = of(target).map(URI::getRawUserInfo).orElse(null);
    if (user == null) {
      return null;
    }
    String plain = URLDecoder.decode(user.replace("+", "%2B"), UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(UTF_8));
  }

  private static String host(URI target) {
    String host = String.valueOf(target.getHost()).toLowerCase(Locale.ROOT);
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static int port(URI target) {
    return target.getPort() >= 0 ? target.getPort() : "https".equals(target.getScheme()) ? 443 : 80;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || (isAddress(host) && address(host).isLoopbackAddress());
  }

  private static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  }

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  private static boolean matches(String rule, String host, int port) {
    if (rule.equals("*")) {
      return true;
    }
    if (rule.indexOf('/') >= 0) {
      return isAddress(host) && isIn(rule, address(host));
    }
    String name = rule;
    int colon = rule.lastIndexOf(':');
    if (colon >= 0 && (rule.indexOf(':') == colon || rule.charAt(colon - 1) == ']')) {
      if (!rule.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      name = rule.substring(0, colon);
    }
    name = name.replaceAll("[\\[\\]]", "").replaceFirst("^\\*(?=\\.)", "");
    return name.startsWith(".")
        ? host.endsWith(name)
        : host.equals(name) || host.endsWith("." + name);
  }

  private static boolean isIn(String network, InetAddress address) {
    int slash = network.indexOf('/');
    try {
      byte[] base = address(network.substring(0, slash)).getAddress();
      byte[] bytes = address.getAddress();
      int bits = Integer.parseInt(network.substring(slash + 1));
      if (base.length != bytes.length || bits < 0 || bits > base.length * 8) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        if (((base[i / 8] ^ bytes[i / 8]) >> (7 - i % 8) & 1) != 0) {
          return false;
        }
      }
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public List<Proxy> select(URI target) {
    return of(target)
        .map(p -> new InetSocketAddress(p.getHost(), p.getPort() < 0 ? 80 : p.getPort()))
        .map(a -> List.of(new Proxy(Proxy.Type.HTTP, a)))
        .orElse(List.of(Proxy.NO_PROXY));
  }

  /** The request itself says what went wrong. */
  @Override
  public void connectFailed(URI target, SocketAddress proxy, IOException e) {}
}
