package dev.gantry.image;

import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Fault;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The full name of an image in a registry. {@link #parse} fills in what people leave out as Docker
 * does: {@code busybox} is {@code docker.io/library/busybox:latest}. Grammar:
 * github.com/distribution/reference.
 *
 * @param registry host with optional port, IPv6 in brackets
 * @param repository path in the registry, {@code library/busybox}
 */
public record ImageReference(
    String registry, String repository, Optional<String> tag, Optional<Digest> digest) {
  public static final String DOCKER_HUB = "docker.io";

  private static final int MAX_NAME = 255;
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  private static final Pattern COMPONENT =
      Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*");
  private static final Pattern HOST =
      Pattern.compile(
          "(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
              + "(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]+)?");
  private static final Pattern BARE_HEX = Pattern.compile("[0-9a-f]{64}");

  public ImageReference {
    if (tag.isEmpty() && digest.isEmpty()) {
      throw new Fault.Invalid("image reference %s: neither tag nor digest".formatted(repository));
    }
  }

  /**
   * Reads a reference as a person or a pod writes it.
   *
   * @throws Fault.Invalid saying which part is wrong
   */
  public static ImageReference parse(String text) {
    if (text.isEmpty()) {
      throw new Fault.Invalid("image reference: empty");
    }
    if (BARE_HEX.matcher(text).matches()) {
      throw wrong(text, "64 hex digits are an image id, not a name");
    }
    int at = text.indexOf('@');
    Optional<Digest> digest = Optional.empty();
    if (at >= 0) {
      try {
        digest = Optional.of(Digest.parse(text.substring(at + 1)));
      } catch (Fault.Invalid e) {
        throw new Fault.Invalid("image reference %s: %s".formatted(text, e.getMessage()), e);
      }
    }
    String named = at < 0 ? text : text.substring(0, at);
    // A colon behind the last slash begins a tag; before it, it belongs to the registry's port.
    int colon = named.indexOf(':', named.lastIndexOf('/') + 1);
    Optional<String> tag = Optional.empty();
    if (colon >= 0) {
      tag = Optional.of(named.substring(colon + 1));
      if (!TAG.matcher(tag.get()).matches()) {
        throw wrong(text, "tag '" + tag.get() + "' is not 1 to 128 of A-Z a-z 0-9 _ . -");
      }
      named = named.substring(0, colon);
    }
    if (tag.isEmpty() && digest.isEmpty()) {
      tag = Optional.of("latest");
    }
    return named(text, named, tag, digest);
  }

  private static ImageReference named(
      String text, String named, Optional<String> tag, Optional<Digest> digest) {
    int slash = named.indexOf('/');
    String first = slash < 0 ? "" : named.substring(0, slash);
    String registry = DOCKER_HUB;
    String repository = named;
    if (isHost(first)) {
      registry = first;
      repository = named.substring(slash + 1);
      if (!HOST.matcher(registry).matches()) {
        throw wrong(text, "registry '" + registry + "' is no host name");
      }
      checkPort(text, registry);
      if (registry.equals("index.docker.io")) {
        registry = DOCKER_HUB;
      }
    }
    if (registry.equals(DOCKER_HUB) && repository.indexOf('/') < 0) {
      repository = "library/" + repository;
    }
    checkRepository(text, registry, repository);
    return new ImageReference(registry, repository, tag, digest);
  }

  private static boolean isHost(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals("localhost")
        || !first.equals(first.toLowerCase(Locale.ROOT));
  }

  private static void checkPort(String text, String registry) {
    int colon = registry.lastIndexOf(':');
    if (colon > registry.lastIndexOf(']')) {
      String port = registry.substring(colon + 1);
      if (port.length() > 5 || Integer.parseInt(port) > 65_535 || Integer.parseInt(port) == 0) {
        throw wrong(text, "port " + port + " is not 1 to 65535");
      }
    }
  }

  private static void checkRepository(String text, String registry, String repository) {
    for (String component : repository.split("/", -1)) {
      if (COMPONENT.matcher(component).matches()) {
        continue;
      }
      if (!component.equals(component.toLowerCase(Locale.ROOT))) {
        throw wrong(text, "repository '" + repository + "' must be lower case");
      }
      throw wrong(
          text,
          component.isEmpty()
              ? "repository '" + repository + "' has an empty component"
              : "repository component '"
                  + component
                  + "' is not a-z 0-9 with single . _ __ or dashes between");
    }
    if (registry.length() + 1 + repository.length() > MAX_NAME) {
      throw wrong(text, "name is longer than " + MAX_NAME + " characters");
    }
  }

  private static Fault wrong(String text, String why) {
    String shown = text.length() > 300 ? text.substring(0, 300) + "..." : text;
    return new Fault.Invalid("image reference %s: %s".formatted(shown, why));
  }

  /** Registry and repository, {@code docker.io/library/busybox}. */
  public String name() {
    return registry + "/" + repository;
  }

  /** What to ask the registry for: the digest where there is one, else the tag. */
  public String version() {
    return digest.map(Digest::toString).orElseGet(tag::orElseThrow);
  }

  /** {@code name:tag} of an image that is known by tag only, as RepoTags list it. */
  public Optional<String> repoTag() {
    // Beside a digest the tag is a remark: nobody checked that the registry has it there.
    return digest.isPresent() ? Optional.empty() : tag.map(t -> name() + ":" + t);
  }

  /** {@code name@digest}, as RepoDigests list it. */
  public String repoDigest(Digest manifest) {
    return name() + "@" + manifest;
  }

  @Override
  public String toString() {
    return name() + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }
}
