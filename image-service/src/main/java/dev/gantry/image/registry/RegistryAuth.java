package dev.gantry.image.registry;

import java.net.URI;
import java.util.Locale;

/**
 * Credentials for one registry; empty strings where there are none.
 *
 * @param serverAddress the only server they are for; empty: the registry of the image
 * @param identityToken a refresh token, to be exchanged at the token service
 * @param registryToken a bearer token, sent as it is
 */
public record RegistryAuth(
    String serverAddress,
    String username,
    String password,
    String identityToken,
    String registryToken) {
  private static final RegistryAuth NONE = new RegistryAuth("", "", "", "", "");

  public static RegistryAuth none() {
    return NONE;
  }

  public static RegistryAuth basic(String username, String password) {
    return new RegistryAuth("", username, password, "", "");
  }

  /** Whether there is nothing to show to anybody. */
  public boolean isNone() {
    return !hasPassword() && identityToken.isEmpty() && registryToken.isEmpty();
  }

  boolean hasPassword() {
    return !username.isEmpty() || !password.isEmpty();
  }

  /**
   * Whether a host may see them: the registry itself always, unless they name another; a mirror
   * only when they name it.
   */
  boolean isFor(RegistryHost host) {
    if (serverAddress.isEmpty()) {
      return !host.isMirror();
    }
    return hostOf(serverAddress).equals(canonical(host.base().getRawAuthority()));
  }

  private static String hostOf(String address) {
    String url = address.contains("://") ? address : "https://" + address;
    try {
      String authority = URI.create(url).getRawAuthority();
      return canonical(authority == null ? address : authority);
    } catch (IllegalArgumentException e) {
      return address;
    }
  }

  /** Docker Hub goes by several names. */
  private static String canonical(String authority) {
    String host = authority.toLowerCase(Locale.ROOT).replaceFirst(":443$", "");
    return switch (host) {
      case "index.docker.io", "registry-1.docker.io" -> "docker.io";
      default -> host;
    };
  }

  /** Never shows a secret. */
  @Override
  public String toString() {
    return equals(NONE) ? "anonymous" : username.isEmpty() ? "a token" : "user " + username;
  }
}
