package dev.gantry.image.registry;

import dev.gantry.image.registry.HostFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * GET requests for one repository: authentication when a host asks for it, and redirects. What says
 * who we are goes to the host it is meant for, never to where that one redirects.
 */
final class HostCall {
  static final String USER_AGENT = "gantry/0.1.0";

  private static final int MAX_REDIRECTS = 10;

  private final Transport transport;
  private final TokenService tokens;
  private final RegistryAuth auth;
  private final String scope;

  /** The challenge that each host once made, to answer the next time without being asked. */
  private final Map<URI, Challenge> challenges = new ConcurrentHashMap<>();

  HostCall(Transport transport, TokenService tokens, RegistryAuth auth, String repository) {
    this.transport = transport;
    this.tokens = tokens;
    this.auth = auth;
    this.scope = "repository:" + repository + ":pull";
  }

  /**
   * A response with status 200 or 206; everything else is a failure of this host.
   *
   * @param path below the host's base, beginning with a slash
   */
  HttpResponse<InputStream> get(RegistryHost host, String path, Map<String, List<String>> headers)
      throws HostFailure, InterruptedException {
    String query = host.namespace().isEmpty() ? "" : "?ns=" + host.namespace().replace("+", "%2B");
    URI uri = URI.create(host.base() + path + query);
    HttpResponse<InputStream> response = authenticated(host, uri, headers);
    URI at = uri;
    boolean home = true;
    for (int i = 0; isRedirect(response.statusCode()); i++) {
      if (i == MAX_REDIRECTS) {
        transport.discard(response);
        throw new HostFailure(Kind.WRONG, "more than %d redirects".formatted(MAX_REDIRECTS));
      }
      at = location(at, response);
      // Somebody else's redirect back to the host gets no credentials: it is not our request.
      home = home && sameOrigin(at, uri);
      response = home ? authenticated(host, at, headers) : send(host, at, headers, false, null);
    }
    if (response.statusCode() == 200 || response.statusCode() == 206) {
      return response;
    }
    transport.discard(response);
    // What the host says about it is left out: it could repeat what we sent.
    throw HostFailure.of(response, home ? "" : "redirected to " + at.getRawAuthority() + ": ");
  }

  private HttpResponse<InputStream> authenticated(
      RegistryHost host, URI uri, Map<String, List<String>> headers)
      throws HostFailure, InterruptedException {
    Challenge known = challenges.get(host.base());
    String authorization = known == null ? staticToken(host) : answer(host, known);
    HttpResponse<InputStream> response = send(host, uri, headers, true, authorization);
    if (response.statusCode() != 401) {
      return response;
    }
    List<Challenge> offered = Challenge.parse(response.headers().allValues("www-authenticate"));
    Challenge chosen = choose(host, offered);
    if (chosen == null) {
      return response;
    }
    if (known != null) {
      tokens.forget(chosen, scope, authFor(host));
    }
    challenges.put(host.base(), chosen);
    String again = answer(host, chosen);
    if (again == null) {
      return response;
    }
    transport.discard(response);
    return send(host, uri, headers, true, again);
  }

  private @Nullable Challenge choose(RegistryHost host, List<Challenge> offered) {
    for (Challenge c : offered) {
      if (c.scheme().equals("bearer") && !c.parameter("realm").isEmpty()) {
        return c;
      }
    }
    for (Challenge c : offered) {
      if (c.scheme().equals("basic") && authFor(host).hasPassword()) {
        return c;
      }
    }
    return null;
  }

  private @Nullable String answer(RegistryHost host, Challenge challenge)
      throws HostFailure, InterruptedException {
    RegistryAuth mine = authFor(host);
    if (!mine.registryToken().isEmpty()) {
      return "Bearer " + mine.registryToken();
    }
    if (challenge.scheme().equals("basic")) {
      return mine.hasPassword() ? TokenService.basic(mine) : null;
    }
    String asked = challenge.parameter("scope");
    String wanted = asked.isEmpty() ? scope : asked;
    return "Bearer " + tokens.token(host, challenge, wanted, mine);
  }

  private @Nullable String staticToken(RegistryHost host) {
    String token = authFor(host).registryToken();
    return token.isEmpty() ? null : "Bearer " + token;
  }

  private RegistryAuth authFor(RegistryHost host) {
    return auth.isFor(host) ? auth : RegistryAuth.none();
  }

  private HttpResponse<InputStream> send(
      RegistryHost host,
      URI uri,
      Map<String, List<String>> headers,
      boolean home,
      @Nullable String authorization)
      throws HostFailure, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(transport.answerTimeout())
            .header("User-Agent", USER_AGENT);
    headers.forEach((name, values) -> values.forEach(v -> request.header(name, v)));
    if (home) {
      host.headers().forEach((name, values) -> values.forEach(v -> request.header(name, v)));
    }
    if (authorization != null) {
      Transport.authorize(request, authorization);
    }
    try {
      return transport.send(host, request.GET().build());
    } catch (IOException e) {
      throw HostFailure.of(e, "");
    }
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private URI location(URI from, HttpResponse<InputStream> response) throws HostFailure {
    transport.discard(response);
    String location = response.headers().firstValue("location").orElse("");
    try {
      URI to = from.resolve(location);
      if (location.isEmpty()
          || to.getHost() == null
          || to.getRawUserInfo() != null
          || !("http".equals(to.getScheme()) || "https".equals(to.getScheme()))) {
        throw new HostFailure(Kind.WRONG, "redirect without a place");
      }
      if (from.getScheme().equals("https") && to.getScheme().equals("http")) {
        throw new HostFailure(Kind.WRONG, "redirect away from TLS");
      }
      return to;
    } catch (IllegalArgumentException e) {
      throw new HostFailure(Kind.WRONG, "redirect without a place");
    }
  }

  private static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equals(b.getScheme()) && a.getRawAuthority().equals(b.getRawAuthority());
  }
}
