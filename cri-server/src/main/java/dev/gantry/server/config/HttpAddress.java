package dev.gantry.server.config;

import dev.gantry.linux.Fault;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where something is sent by HTTP, written {@code http://127.0.0.1:4318/v1/traces}; {@code off} for
 * nowhere.
 *
 * @param url empty when off
 */
public record HttpAddress(String url) {
  static HttpAddress parse(String text) {
    if (text.equals("off")) {
      return new HttpAddress("");
    }
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getUserInfo() == null) {
        return new HttpAddress(text);
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new Fault.Invalid("expected http[s]://HOST[:PORT]/PATH or \"off\"");
  }

  public boolean isOff() {
    return url.isEmpty();
  }

  @Override
  public String toString() {
    return isOff() ? "off" : url;
  }
}
