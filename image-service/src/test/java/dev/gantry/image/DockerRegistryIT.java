package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.layer.Tars;
import dev.gantry.image.manifest.Platform;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Debian's docker-registry, filled by skopeo. */
class DockerRegistryIT {
  @TempDir Path temp;
  private Database database;
  private ImageService service;
  private @Nullable Process registry;
  private int port;

  @BeforeEach
  void open() throws IOException {
    database = Database.open(temp.resolve("db"));
    service =
        ImageService.open(
            ImageSettings.defaults(temp.resolve("image"))
                .withHostDirs(List.of(temp.resolve("certs.d")))
                .withPlatform(new Platform("linux", "amd64", "v1")),
            database);
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void close() throws InterruptedException {
    service.close();
    database.close();
    if (registry != null) {
      registry.destroy();
      registry.waitFor(5, TimeUnit.SECONDS);
    }
  }

  private void start(String more) throws IOException, InterruptedException {
    Path config = temp.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        storage:
          filesystem:
            rootdirectory: %s
        http:
          addr: 127.0.0.1:%d
        %s
        """
            .formatted(temp.resolve("registry"), port, more));
    registry =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(temp.resolve("registry.log").toFile())
            .start();
    for (int i = 0; i < 100; i++) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        Thread.sleep(100);
      }
    }
    throw new IOException(Files.readString(temp.resolve("registry.log")));
  }

  private TestImage push(String... options) throws IOException, InterruptedException {
    TestImage image =
        new TestImage()
            .gzip(new Tars().dir("./", 0755).dir("etc/", 0755).file("etc/os", "test").bytes())
            .gzip(new Tars().file("bin", "x".repeat(200_000)).bytes());
    OciLayout.write(temp.resolve("layout"), "v1", image);
    List<String> command = new ArrayList<>(List.of("skopeo", "copy", "-q"));
    command.addAll(List.of(options));
    command.add("oci:" + temp.resolve("layout") + ":v1");
    command.add("docker://127.0.0.1:" + port + "/library/app:v1");
    run(command.toArray(String[]::new));
    return image;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private Image pull(String name, RegistryAuth auth) {
    return service.pull().run(ImageReference.parse(name), auth);
  }

  @Test
  void withoutTls() throws Exception {
    start("");
    TestImage pushed = push("--dest-tls-verify=false");
    String name = "127.0.0.1:" + port + "/library/app:v1";
    Image image = pull(name, RegistryAuth.none());
    assertThat(image.id()).isEqualTo(pushed.id());
    String top = service.rootfs().readOnlyLayersFor(image.id()).get(1);
    assertThat(Path.of(top, "bin")).hasSize(200_000);
    assertThatThrownBy(() -> pull("127.0.0.1:" + port + "/library/none:v1", RegistryAuth.none()))
        .isInstanceOf(Fault.NotFound.class);
  }

  @Test
  void asMirrorOfDockerHub() throws Exception {
    start("");
    TestImage pushed = push("--dest-tls-verify=false");
    Path hosts = Files.createDirectories(temp.resolve("certs.d/docker.io"));
    Files.writeString(
        hosts.resolve("hosts.toml"),
        """
        server = "http://127.0.0.1:1"
        [host."http://127.0.0.1:%d"]
          capabilities = ["pull", "resolve"]
        """
            .formatted(port));
    Image image = pull("app:v1", RegistryAuth.none());
    assertThat(image.id()).isEqualTo(pushed.id());
    assertThat(image.repoTags()).containsExactly("docker.io/library/app:v1");
  }

  @Test
  void withTlsAndPassword() throws Exception {
    Path key = temp.resolve("key.pem");
    Path certificate = temp.resolve("cert.pem");
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=registry",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString());
    // bcrypt of "secret"
    Files.writeString(
        temp.resolve("htpasswd"),
        "user:$2b$12$fil6bH.X54jzzt4lWl27UOi4W6Wizm2zSzfIPxtNtjyZUlWrMCH5W\n");
    start(
        """
          tls:
            certificate: %s
            key: %s
        auth:
          htpasswd:
            realm: test
            path: %s
        """
            .formatted(certificate, key, temp.resolve("htpasswd")));
    TestImage pushed = push("--dest-tls-verify=false", "--dest-creds=user:secret");
    Path hosts = Files.createDirectories(temp.resolve("certs.d/127.0.0.1:" + port));
    Files.writeString(
        hosts.resolve("hosts.toml"),
        """
        server = "https://127.0.0.1:%d"
        ca = "%s"
        """
            .formatted(port, certificate));
    String name = "127.0.0.1:" + port + "/library/app:v1";
    assertThat(pull(name, RegistryAuth.basic("user", "secret")).id()).isEqualTo(pushed.id());
    assertThatThrownBy(() -> pull(name, RegistryAuth.basic("user", "wrong!")))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageNotContaining("wrong!");
    assertThatThrownBy(() -> pull(name, RegistryAuth.none()))
        .isInstanceOf(Fault.Precondition.class);
  }

  @Test
  void aPullWithoutTimeEndsAtOnce() throws Exception {
    start("");
    push("--dest-tls-verify=false");
    String name = "127.0.0.1:" + port + "/library/app:v1";
    Thread puller =
        Thread.ofVirtual()
            .start(
                () ->
                    assertThatThrownBy(() -> pull(name, RegistryAuth.none()))
                        .isInstanceOf(Fault.Cancelled.class));
    Thread.sleep(1);
    puller.interrupt();
    assertThat(puller.join(Duration.ofSeconds(1))).isTrue();
    service.close();
    assertThat(temp.resolve("image/tmp")).isEmptyDirectory();
    assertThat(temp.resolve("image/layers")).isEmptyDirectory();
  }
}
