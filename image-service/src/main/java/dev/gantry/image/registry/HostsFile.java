package dev.gantry.image.registry;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.image.registry.TlsSettings.ClientKey;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code hosts.toml} as containerd documents it (containerd, docs/hosts.md): mirrors in the order
 * they stand in, then the server. A key that it doesn't know is an error: a setting of trust must
 * not be lost by a misspelling.
 */
final class HostsFile {
  private static final Set<String> KEYS =
      Set.of(
          "capabilities", "ca", "client", "skip_verify", "header", "override_path", "dial_timeout");

  /** As Go writes durations. */
  private static final Pattern DURATION = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|h|m|s)");

  private static final TomlMapper TOML = new TomlMapper();

  private final Path file;
  private final String registry;

  private HostsFile(Path file, String registry) {
    this.file = file;
    this.registry = registry;
  }

  /**
   * Reads the file for a registry.
   *
   * @param upstream where the registry is when the file names no server
   */
  static List<RegistryHost> read(Path file, String registry, URI upstream) {
    JsonNode root;
    try {
      root = TOML.readTree(file.toFile());
    } catch (JacksonException e) {
      // Without the parser's words, which repeat the line: it may be a header with a password.
      throw new Fault.Invalid("%s: line %d: no TOML".formatted(file, e.getLocation().getLineNr()));
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(file, e.getMessage()), e);
    }
    return new HostsFile(file, registry).hosts(root, upstream);
  }

  private List<RegistryHost> hosts(JsonNode root, URI upstream) {
    List<RegistryHost> hosts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.path("host").properties()) {
      checkKeys(entry.getValue(), "host \"" + entry.getKey() + "\"", Set.of());
      hosts.add(host(entry.getKey(), entry.getValue(), registry));
    }
    checkKeys(root, "top level", Set.of("server", "host"));
    String server = text(root, "server");
    if (server.isEmpty()) {
      hosts.add(host(upstream.toString(), root, ""));
    } else {
      hosts.add(host(server, root, ""));
    }
    return hosts;
  }

  private void checkKeys(JsonNode table, String where, Set<String> more) {
    table
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!KEYS.contains(key) && !more.contains(key)) {
                throw wrong(where + ": unknown key " + key);
              }
            });
  }

  private RegistryHost host(String address, JsonNode table, String namespace) {
    return new RegistryHost(
        base(address, table.path("override_path").asBoolean(false)),
        capabilities(table),
        namespace,
        new TlsSettings(paths(table.path("ca")), clients(table), flag(table, "skip_verify")),
        headers(table.path("header")),
        dialTimeout(text(table, "dial_timeout")));
  }

  private URI base(String address, boolean overridePath) {
    String url = address.contains("://") ? address : "https://" + address;
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException _) {
      throw new Fault.Invalid("%s: a host is no url".formatted(file));
    }
    if (uri.getRawUserInfo() != null) {
      throw wrong("host \"" + uri.getHost() + "\": user in the url, want header");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw wrong("host \"" + address + "\": query or fragment in the url");
    }
    if (uri.getHost() == null || !Set.of("http", "https").contains(uri.getScheme())) {
      throw wrong("host \"" + address + "\": want http or https and a host");
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
    if (!overridePath && !path.endsWith("/v2")) {
      path += "/v2";
    }
    return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + path);
  }

  private Set<Capability> capabilities(JsonNode table) {
    JsonNode list = table.path("capabilities");
    if (list.isMissingNode()) {
      return EnumSet.allOf(Capability.class);
    }
    EnumSet<Capability> found = EnumSet.noneOf(Capability.class);
    for (JsonNode element : list) {
      found.add(
          switch (element.asText()) {
            case "pull" -> Capability.PULL;
            case "resolve" -> Capability.RESOLVE;
            case "push" -> Capability.PUSH;
            default -> throw wrong("unknown capability " + element.asText());
          });
    }
    return found;
  }

  /** A text or a list of texts, relative to the file. */
  private List<Path> paths(JsonNode value) {
    List<Path> found = new ArrayList<>();
    if (value.isTextual()) {
      found.add(path(value));
    }
    for (JsonNode element : value) {
      found.add(path(element));
    }
    return found;
  }

  private Path path(JsonNode text) {
    return file.resolveSibling(text.asText());
  }

  /** A text, a list of texts, or a list of pairs. */
  private List<ClientKey> clients(JsonNode table) {
    JsonNode value = table.path("client");
    List<ClientKey> found = new ArrayList<>();
    if (value.isTextual()) {
      found.add(new ClientKey(path(value), path(value)));
    }
    for (JsonNode element : value) {
      if (element.isTextual()) {
        found.add(new ClientKey(path(element), path(element)));
      } else if (element.isArray() && !element.isEmpty() && element.size() <= 2) {
        Path certificate = path(element.get(0));
        boolean together = element.size() == 1 || element.get(1).asText().isEmpty();
        found.add(new ClientKey(certificate, together ? certificate : path(element.get(1))));
      } else {
        throw wrong("client: want a file, or pairs of certificate and key");
      }
    }
    return found;
  }

  private Map<String, List<String>> headers(JsonNode table) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    table
        .properties()
        .forEach(
            e -> {
              List<String> values = new ArrayList<>();
              if (e.getValue().isTextual()) {
                values.add(e.getValue().asText());
              }
              e.getValue().forEach(v -> values.add(v.asText()));
              checkHeader(e.getKey(), values);
              found.put(e.getKey(), values);
            });
    return found;
  }

  private void checkHeader(String name, List<String> values) {
    HttpRequest.Builder request = HttpRequest.newBuilder();
    try {
      request.header(name, "");
    } catch (IllegalArgumentException e) {
      throw new Fault.Invalid("%s: header %s: cannot be set".formatted(file, name), e);
    }
    try {
      values.forEach(v -> request.header(name, v));
    } catch (IllegalArgumentException _) {
      // Its message has the value.
      throw wrong("header " + name + ": value has characters that headers cannot have");
    }
  }

  private Duration dialTimeout(String text) {
    if (text.isEmpty()) {
      return RegistryHost.DIAL_TIMEOUT;
    }
    Matcher parts = DURATION.matcher(text);
    Duration total = Duration.ZERO;
    int end = 0;
    while (parts.find() && parts.start() == end) {
      long nanos =
          switch (parts.group(2)) {
            case "h" -> 3_600_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "s" -> 1_000_000_000L;
            default -> 1_000_000L;
          };
      total = total.plusNanos(Math.round(Double.parseDouble(parts.group(1)) * nanos));
      end = parts.end();
    }
    if (end != text.length() || total.isZero()) {
      throw wrong("dial_timeout: want a duration such as 5s or 1m30s, got " + text);
    }
    return total;
  }

  private boolean flag(JsonNode table, String key) {
    JsonNode value = table.path(key);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw wrong(key + ": want true or false");
    }
    return value.asBoolean(false);
  }

  private String text(JsonNode table, String key) {
    JsonNode value = table.path(key);
    if (!value.isMissingNode() && !value.isTextual()) {
      throw wrong(key + ": want text");
    }
    return value.asText("");
  }

  private Fault.Invalid wrong(String why) {
    return new Fault.Invalid(file + ": " + why);
  }
}
