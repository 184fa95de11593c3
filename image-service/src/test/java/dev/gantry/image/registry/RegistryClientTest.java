package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.DocumentParser;
import dev.gantry.image.manifest.MediaTypes;
import dev.gantry.image.registry.TestRegistry.Answer;
import dev.gantry.image.registry.TestRegistry.Heard;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryClientTest {
  private static final byte[] MANIFEST = "{\"schemaVersion\":2}".getBytes(UTF_8);
  private static final String TYPE = MediaTypes.OCI_MANIFEST;
  private static final RegistryAuth ALICE = RegistryAuth.basic("alice", "s3cret");
  private static final String ALICE_HEADER =
      "Basic " + Base64.getEncoder().encodeToString("alice:s3cret".getBytes(UTF_8));

  @TempDir private Path certs;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private TestRegistry registry(Answer answer) {
    TestRegistry registry = new TestRegistry(answer);
    open.add(registry);
    return registry;
  }

  private RegistryClient client() {
    RegistryClient client =
        new RegistryClient(
            new RegistryHosts(List.of(certs)),
            InstantSource.system(),
            new StallWatch(Duration.ofMillis(500), 1),
            Duration.ofSeconds(5));
    open.add(client);
    return client;
  }

  private Repository repository(TestRegistry registry, RegistryAuth auth) {
    return client().open(registry.name(), "app/web", auth);
  }

  private void hosts(TestRegistry registry, String toml) throws IOException {
    Path directory = Files.createDirectory(certs.resolve(registry.name()));
    Files.writeString(directory.resolve("hosts.toml"), toml);
  }

  private static Answer manifest() {
    return exchange -> TestRegistry.send(exchange, 200, TYPE + "; charset=utf-8", MANIFEST);
  }

  private static Answer basic() {
    return exchange -> {
      if (TestRegistry.header(exchange, "Authorization").equals(ALICE_HEADER)) {
        TestRegistry.send(exchange, 200, TYPE, MANIFEST);
      } else {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"here\"");
        TestRegistry.send(exchange, 401);
      }
    };
  }

  @Test
  void anonymousManifestByTag() throws Exception {
    TestRegistry registry = registry(manifest());

    Repository.ManifestBytes found = repository(registry, RegistryAuth.none()).manifest("v1");

    assertThat(found.content()).isEqualTo(MANIFEST);
    assertThat(found.mediaType()).isEqualTo(TYPE);
    assertThat(found.digest()).isEqualTo(Digest.sha256(MANIFEST));
    assertThat(registry.heard()).containsExactly(new Heard("/v2/app/web/manifests/v1", "", "", ""));
  }

  @Test
  void basicCredentialsAreSentOnlyWhenAskedFor() throws Exception {
    TestRegistry registry = registry(basic());

    repository(registry, ALICE).manifest("v1");

    assertThat(registry.heard()).extracting(Heard::authorization).containsExactly("", ALICE_HEADER);
  }

  @Test
  void withoutCredentialsAccessIsDenied() {
    TestRegistry registry = registry(basic());

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest("v1"))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageStartingWith("pull access denied: ")
        .hasMessageContaining("401");
  }

  @Test
  void credentialsForAnotherServerAreNotSent() {
    TestRegistry registry = registry(basic());
    RegistryAuth other = new RegistryAuth("registry.example", "alice", "s3cret", "", "");

    assertThatThrownBy(() -> repository(registry, other).manifest("v1"))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageNotContaining("s3cret");
    assertThat(registry.heard()).extracting(Heard::authorization).containsOnly("");
  }

  private TestRegistry tokenRegistry(TestRegistry tokens) {
    return registry(
        exchange -> {
          if (TestRegistry.header(exchange, "Authorization").equals("Bearer t0ken")) {
            TestRegistry.send(exchange, 200, TYPE, MANIFEST);
          } else {
            exchange
                .getResponseHeaders()
                .set(
                    "WWW-Authenticate",
                    "Bearer realm=\"%s/token\",service=\"reg\",scope=\"repository:app/web:pull\""
                        .formatted(tokens.url()));
            TestRegistry.send(exchange, 401);
          }
        });
  }

  private TestRegistry tokens() {
    return registry(
        exchange ->
            TestRegistry.send(
                exchange,
                200,
                "application/json",
                "{\"token\":\"t0ken\",\"expires_in\":300}".getBytes(UTF_8)));
  }

  @Test
  void aBearerTokenIsFetchedOnceForAllPullsWithTheSameCredentials() throws Exception {
    TestRegistry tokens = tokens();
    TestRegistry registry = tokenRegistry(tokens);
    RegistryClient client = client();

    client.open(registry.name(), "app/web", ALICE).manifest("v1");
    client.open(registry.name(), "app/web", ALICE).manifest("v2");

    assertThat(tokens.heard())
        .containsExactly(
            new Heard(
                "/token?service=reg&scope=repository%3Aapp%2Fweb%3Apull", ALICE_HEADER, "", ""));
    client.open(registry.name(), "app/web", RegistryAuth.none()).manifest("v2");
    assertThat(tokens.heard()).extracting(Heard::authorization).containsExactly(ALICE_HEADER, "");
  }

  @Test
  void aTokenThatTheRegistryNoLongerTakesIsFetchedAnew() throws Exception {
    AtomicInteger issued = new AtomicInteger();
    TestRegistry tokens =
        registry(
            e ->
                TestRegistry.send(
                    e,
                    200,
                    "application/json",
                    "{\"token\":\"t%d\",\"expires_in\":3600}"
                        .formatted(issued.incrementAndGet())
                        .getBytes(UTF_8)));
    AtomicInteger valid = new AtomicInteger(1);
    TestRegistry registry =
        registry(
            e -> {
              if (TestRegistry.header(e, "Authorization").equals("Bearer t" + valid.get())) {
                TestRegistry.send(e, 200, TYPE, MANIFEST);
              } else {
                e.getResponseHeaders()
                    .set(
                        "WWW-Authenticate",
                        "Bearer realm=\"" + tokens.url() + "/token\",service=\"reg\"");
                TestRegistry.send(e, 401);
              }
            });
    Repository repository = repository(registry, ALICE);

    repository.manifest("v1");
    valid.set(2);
    repository.manifest("v1");

    assertThat(issued.get()).isEqualTo(2);
  }

  @Test
  void anIdentityTokenIsPosted() throws Exception {
    TestRegistry tokens = tokens();
    TestRegistry registry = tokenRegistry(tokens);

    repository(registry, new RegistryAuth("", "", "", "refresh", "")).manifest("v1");

    assertThat(tokens.heard().getFirst().body())
        .contains("grant_type=refresh_token")
        .contains("refresh_token=refresh");
  }

  @Test
  void aRegistryTokenThatIsNoHeaderValueIsNotShown() {
    TestRegistry registry = registry(manifest());
    RegistryAuth broken = new RegistryAuth("", "", "", "", "s3cret\ninjected: x");

    assertThatThrownBy(() -> repository(registry, broken).manifest("v1"))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void redirectsToAnotherPortLoseTheCredentials() throws Exception {
    TestRegistry storage = registry(exchange -> TestRegistry.send(exchange, 200, TYPE, MANIFEST));
    TestRegistry registry =
        registry(
            exchange -> {
              if (TestRegistry.header(exchange, "Authorization").isEmpty()) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"here\"");
                TestRegistry.send(exchange, 401);
              } else {
                exchange.getResponseHeaders().set("Location", storage.url() + "/data?sig=1");
                TestRegistry.send(exchange, 307);
              }
            });

    repository(registry, ALICE).manifest("v1");

    assertThat(storage.heard()).containsExactly(new Heard("/data?sig=1", "", "", ""));
  }

  @Test
  void aRedirectLoopEnds() {
    TestRegistry registry =
        registry(
            exchange -> {
              exchange.getResponseHeaders().set("Location", "/v2/again");
              TestRegistry.send(exchange, 302);
            });

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest("v1"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("redirects");
  }

  @Test
  void aMirrorIsAskedFirstAndGetsNoCredentials() throws Exception {
    TestRegistry mirror = registry(basic());
    TestRegistry registry = registry(basic());
    hosts(
        registry,
        """
        server = "%s"
        [host."%s"]
        capabilities = ["pull", "resolve"]
        [host."%s".header]
        x-team = "blue"
        """
            .formatted(registry.url(), mirror.url(), mirror.url()));

    repository(registry, ALICE).manifest("v1");

    assertThat(mirror.heard())
        .extracting(Heard::target, Heard::authorization)
        .containsExactly(tuple("/v2/app/web/manifests/v1?ns=" + registry.name(), ""));
    assertThat(registry.heard()).hasSize(2);
  }

  @Test
  void aMirrorThatMayOnlyPullIsNotAskedForTags() throws Exception {
    TestRegistry mirror = registry(manifest());
    TestRegistry registry = registry(manifest());
    hosts(
        registry,
        """
        server = "%s"
        [host."%s"]
        capabilities = ["pull"]
        """
            .formatted(registry.url(), mirror.url()));
    Repository repository = repository(registry, RegistryAuth.none());

    repository.manifest("v1");
    assertThat(mirror.heard()).isEmpty();
    repository.manifest(Digest.sha256(MANIFEST).toString());
    assertThat(mirror.heard()).hasSize(1);
  }

  @Test
  void absentEverywhereIsNotFound() {
    TestRegistry registry = registry(exchange -> TestRegistry.send(exchange, 404));

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest("v1"))
        .isInstanceOf(Fault.NotFound.class)
        .hasMessageContaining("not found")
        .hasMessageContaining(registry.name());
  }

  @Test
  void theRegistryItselfSaysWhetherAnImageExistsWhenAMirrorIsDead() throws Exception {
    TestRegistry registry = registry(exchange -> TestRegistry.send(exchange, 404));
    hosts(
        registry,
        "server = \"%s\"\n[host.\"http://127.0.0.1:%d\"]\n"
            .formatted(registry.url(), closedPort()));
    Repository repository = repository(registry, RegistryAuth.none());

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> repository.manifest("v1")).isInstanceOf(Fault.NotFound.class);
    }
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void nobodyThereIsRegistryUnavailable() throws Exception {
    Repository repository =
        client().open("127.0.0.1:" + closedPort(), "app/web", RegistryAuth.none());

    assertThatThrownBy(() -> repository.manifest("v1"))
        .isInstanceOf(Fault.Unavailable.class)
        .hasMessageStartingWith("RegistryUnavailable: ");
  }

  @Test
  void retryAfterIsHonoured() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    TestRegistry registry =
        registry(
            exchange -> {
              if (requests.getAndIncrement() == 0) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                TestRegistry.send(exchange, 503);
              } else {
                TestRegistry.send(exchange, 200, TYPE, MANIFEST);
              }
            });
    long start = System.nanoTime();

    repository(registry, RegistryAuth.none()).manifest("v1");

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(950));
  }

  @Test
  void aLongRetryAfterIsNotWaitedFor() {
    TestRegistry registry =
        registry(
            exchange -> {
              exchange.getResponseHeaders().set("Retry-After", "3600");
              TestRegistry.send(exchange, 429);
            });

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest("v1"))
        .isInstanceOf(Fault.Unavailable.class)
        .hasMessageContaining("429");
    assertThat(registry.heard()).hasSize(1);
  }

  @Test
  void aManifestWithAnotherDigestIsRefused() {
    TestRegistry registry = registry(manifest());
    String other = Digest.sha256("x".getBytes(UTF_8)).toString();

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest(other))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("another digest");
  }

  @Test
  void anOversizeManifestIsRefused() {
    TestRegistry registry =
        registry(
            exchange ->
                TestRegistry.send(exchange, 200, TYPE, new byte[DocumentParser.MAX_BYTES + 1]));

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest("v1"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("more than");
  }

  @Test
  void aManifestThatStallsFails() {
    TestRegistry registry =
        registry(
            exchange -> {
              exchange.sendResponseHeaders(200, 100);
              exchange.getResponseBody().write('{');
              exchange.getResponseBody().flush();
              sleepLong();
            });

    assertThatThrownBy(() -> repository(registry, RegistryAuth.none()).manifest("v1"))
        .isInstanceOf(Fault.Unavailable.class);
  }

  private static void sleepLong() {
    try {
      Thread.sleep(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
