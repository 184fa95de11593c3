package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Json;
import dev.gantry.image.registry.HostFailure.Kind;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gets bearer tokens from the service that a registry names, and keeps them while they are good
 * (distribution, docs/spec/auth/token.md and oauth.md).
 */
final class TokenService {
  /** What the specification has a token without {@code expires_in} last. */
  private static final long DEFAULT_SECONDS = 60;

  private static final int MAX_ANSWER = 1 << 20;

  /**
   * @param who digest of the credentials, not themselves
   */
  private record Key(String realm, String service, String scope, Digest who) {}

  private record Token(String value, Instant good) {}

  private final Transport transport;
  private final InstantSource clock;
  private final Map<Key, Token> tokens = new ConcurrentHashMap<>();

  TokenService(Transport transport, InstantSource clock) {
    this.transport = transport;
    this.clock = clock;
  }

  /** A token for {@code scope}. */
  String token(RegistryHost host, Challenge challenge, String scope, RegistryAuth auth)
      throws HostFailure, InterruptedException {
    URI realm = realm(host, challenge);
    Key key = new Key(realm.toString(), challenge.parameter("service"), scope, fingerprint(auth));
    Token known = tokens.get(key);
    if (known != null && clock.instant().isBefore(known.good)) {
      return known.value;
    }
    Token fresh = request(host, realm, key, auth);
    Instant now = clock.instant();
    tokens.values().removeIf(t -> !now.isBefore(t.good));
    tokens.put(key, fresh);
    return fresh.value;
  }

  /** A registry said that the token is no good after all. */
  void forget(Challenge challenge, String scope, RegistryAuth auth) {
    Digest who = fingerprint(auth);
    tokens
        .keySet()
        .removeIf(
            k ->
                k.realm.equals(challenge.parameter("realm"))
                    && k.scope.equals(scope)
                    && k.who.equals(who));
  }

  private static Digest fingerprint(RegistryAuth auth) {
    String all =
        String.join(
            "\0",
            auth.serverAddress(),
            auth.username(),
            auth.password(),
            auth.identityToken(),
            auth.registryToken());
    return Digest.sha256(all.getBytes(UTF_8));
  }

  private static URI realm(RegistryHost host, Challenge challenge) throws HostFailure {
    String text = challenge.parameter("realm");
    try {
      URI realm = URI.create(text);
      boolean http = "http".equals(realm.getScheme());
      if (realm.getHost() == null
          || realm.getRawUserInfo() != null
          || !(http || "https".equals(realm.getScheme()))) {
        throw new HostFailure(Kind.WRONG, "token realm is no url");
      }
      if (http && host.base().getScheme().equals("https")) {
        throw new HostFailure(Kind.WRONG, "token realm without TLS");
      }
      return realm;
    } catch (IllegalArgumentException e) {
      throw new HostFailure(Kind.WRONG, "token realm is no url");
    }
  }

  private Token request(RegistryHost host, URI realm, Key key, RegistryAuth auth)
      throws HostFailure, InterruptedException {
    HttpRequest request =
        auth.identityToken().isEmpty() ? get(realm, key, auth) : post(realm, key, auth);
    String where = "token service " + realm.getRawAuthority();
    // The realm is not the registry: only its trust settings apply there.
    try {
      HttpResponse<InputStream> response = transport.send(host, request);
      if (response.statusCode() == 200) {
        return parse(where, transport.small(response, MAX_ANSWER));
      }
      transport.discard(response);
      throw response.statusCode() == 400
          ? new HostFailure(Kind.DENIED, where + ": HTTP status 400")
          : HostFailure.of(response, where + ": ");
    } catch (IOException e) {
      throw HostFailure.of(e, where + ": ");
    }
  }

  private HttpRequest get(URI realm, Key key, RegistryAuth auth) throws HostFailure {
    String query = "service=" + encode(key.service) + "&scope=" + encode(key.scope);
    String joined = realm + (realm.getRawQuery() == null ? "?" : "&") + query;
    HttpRequest.Builder request = builder(URI.create(joined));
    if (auth.hasPassword()) {
      Transport.authorize(request, basic(auth));
    }
    return request.GET().build();
  }

  private HttpRequest post(URI realm, Key key, RegistryAuth auth) {
    String form =
        "grant_type=refresh_token&client_id=gantry&service="
            + encode(key.service)
            + "&scope="
            + encode(key.scope)
            + "&refresh_token="
            + encode(auth.identityToken());
    return builder(realm)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form))
        .build();
  }

  private HttpRequest.Builder builder(URI uri) {
    return HttpRequest.newBuilder(uri)
        .timeout(transport.answerTimeout())
        .header("User-Agent", HostCall.USER_AGENT);
  }

  private Token parse(String where, byte[] answer) throws HostFailure {
    try {
      Json json = Json.object(where, answer);
      String value = json.has("token") ? json.text("token") : json.text("access_token");
      if (value.isEmpty()) {
        throw new HostFailure(Kind.WRONG, where + ": answered without token");
      }
      long seconds = json.has("expires_in") ? json.size("expires_in") : DEFAULT_SECONDS;
      // Some margin for the way and for what takes long.
      Duration good = Duration.ofSeconds(Math.max(seconds, 1) * 9 / 10);
      return new Token(value, clock.instant().plus(good));
    } catch (Fault.Invalid e) {
      throw new HostFailure(Kind.WRONG, where + ": answered no token");
    }
  }

  static String basic(RegistryAuth auth) {
    String pair = auth.username() + ":" + auth.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8);
  }
}
