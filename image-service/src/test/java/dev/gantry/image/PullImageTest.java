package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import dev.gantry.image.layer.Tars;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.MediaTypes;
import dev.gantry.image.manifest.Platform;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullImageTest {
  @TempDir Path temp;
  private FakeRegistry registry;
  private Database database;
  private ImageService service;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    database = Database.open(temp.resolve("db"));
    service = ImageService.open(settings(), database);
  }

  private ImageSettings settings() {
    return ImageSettings.defaults(temp.resolve("image"))
        .withHostDirs(List.of(temp.resolve("certs.d")))
        .withPlatform(new Platform("linux", "amd64", "v2"));
  }

  @AfterEach
  void close() {
    service.close();
    database.close();
    registry.close();
  }

  private ImageReference reference(String rest) {
    return ImageReference.parse(registry.host() + "/" + rest);
  }

  private Image pull(String rest) {
    return service.pull().run(reference(rest), RegistryAuth.none());
  }

  private static byte[] base() {
    return new Tars()
        .dir("./", 0755)
        .dir("etc/", 0755)
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:\n")
        .file("etc/group", "root:x:0:\napp:x:1001:\nextra:x:55:other,app\n")
        .dir("tmp/", 01777)
        .bytes();
  }

  private List<Path> store() throws IOException {
    try (var files = Files.walk(temp.resolve("image"), 2)) {
      return files.filter(p -> p.getNameCount() == temp.getNameCount() + 3).toList();
    }
  }

  @Test
  void anImageIsThereAfterAPull() throws IOException {
    TestImage made =
        new TestImage()
            .gzip(base())
            .zstd(new Tars().file("tmp/x", "upper").bytes())
            .plain(new Tars().file("etc/motd", "hello").bytes());
    Digest digest = registry.put("app", "v1", made);
    Image image = pull("app:v1");
    assertThat(image.id()).isEqualTo(made.id());
    assertThat(image.repoTags()).containsExactly(registry.host() + "/app:v1");
    assertThat(image.repoDigests()).containsExactly(registry.host() + "/app@" + digest);
    assertThat(image.size()).isPositive();
    assertThat(image.config().env()).containsExactly("PATH=/bin");
    List<String> lower = service.rootfs().readOnlyLayersFor(image.id());
    // Three, and one on top for the root, which only the base describes.
    assertThat(lower).hasSize(4);
    assertThat(Files.getLastModifiedTime(Path.of(lower.getFirst())).toMillis())
        .isEqualTo(1_600_000_000_000L);
    assertThat(Path.of(lower.get(1), "etc/motd")).hasContent("hello");
    assertThat(Files.getPosixFilePermissions(Path.of(lower.get(2), "tmp"))).hasSize(9);
    for (String name :
        List.of(
            image.id().value(),
            image.id().value().substring(7),
            image.id().value().substring(7, 19),
            registry.host() + "/app:v1",
            registry.host() + "/app@" + digest)) {
      assertThat(service.images().find(name)).hasValue(image);
    }
  }

  @Test
  void aVolumeKeepsItsLayersAndShowsPartsOfThem() throws IOException {
    registry.put("root", "v1", new TestImage().gzip(base()));
    registry.put(
        "data",
        "v1",
        new TestImage()
            .gzip(new Tars().dir("a/", 0755).file("a/low", "1").dir("b/", 0755).bytes())
            .gzip(
                new Tars()
                    .file("a/high", "2")
                    .symlink("to", "/a")
                    .symlink("out", "../../b")
                    .bytes()));
    service.rootfs().create("c1", pull("root:v1").id());
    ImageId data = pull("data:v1").id();

    ImageVolume all = service.rootfs().volume("c1", 0, data, "");
    ImageVolume linked = service.rootfs().volume("c1", 1, data, "to");
    ImageVolume file = service.rootfs().volume("c1", 2, data, "to/high");
    ImageVolume single = service.rootfs().volume("c1", 3, data, "out");

    assertThat(all.lowerdirs()).hasSize(2);
    assertThat(Path.of(all.path())).isEmptyDirectory();
    assertThat(linked.lowerdirs()).hasSize(2).allMatch(d -> d.endsWith("/a"));
    assertThat(Path.of(linked.lowerdirs().getFirst(), "high")).hasContent("2");
    assertThat(file.lowerdirs()).isEmpty();
    assertThat(Path.of(file.path())).hasContent("2");
    assertThat(single.lowerdirs()).isEmpty();
    assertThat(single.path()).endsWith("/b");
    assertThatThrownBy(() -> service.rootfs().volume("c1", 4, data, "a/none"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("a/none: no such file or directory in the image");
    assertThatThrownBy(() -> service.rootfs().volume("c1", 4, data, "../a"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("leads out of the image");

    service.images().remove(data.value());
    service.close();
    service = ImageService.open(settings(), database);
    assertThat(Path.of(file.path())).hasContent("2");
    service.rootfs().remove("c1");
    assertThat(Path.of(file.path())).doesNotExist();
    assertThat(temp.resolve("image/rootfs")).isEmptyDirectory();
  }

  @Test
  void anArtifactIsItsFiles() throws Exception {
    TestImage blobs = new TestImage();
    var mapper = new JsonMapper();
    var manifest = mapper.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest.put("artifactType", "application/x.model");
    manifest.set("config", blobs.descriptor(MediaTypes.OCI_EMPTY, "{}".getBytes(UTF_8)));
    var layers = manifest.putArray("layers");
    byte[] weights = new byte[100_000];
    weights[7] = 7;
    var first = blobs.descriptor("application/x.weights", weights);
    first.putObject("annotations").put("org.opencontainers.image.title", "model/weights.bin");
    layers.add(first);
    var second = blobs.descriptor("text/plain", "read me".getBytes(UTF_8));
    second.putObject("annotations").put("org.opencontainers.image.title", "README");
    layers.add(second);
    registry.put("scratch", "blobs", blobs);
    Digest digest = registry.put("model", "v1", MediaTypes.OCI_MANIFEST, TestImage.bytes(manifest));

    Image artifact = pull("model:v1");

    assertThat(artifact.id().value()).isEqualTo(digest.toString());
    assertThat(artifact.repoTags()).containsExactly(registry.host() + "/model:v1");
    assertThat(pull("model@" + digest).id()).isEqualTo(artifact.id());
    registry.put("app", "v1", new TestImage().gzip(base()));
    service.rootfs().create("c1", pull("app:v1").id());
    ImageVolume all = service.rootfs().volume("c1", 0, artifact.id(), "");
    assertThat(all.lowerdirs()).hasSize(2);
    assertThat(Path.of(all.lowerdirs().get(1), "model/weights.bin")).hasBinaryContent(weights);
    ImageVolume one = service.rootfs().volume("c1", 1, artifact.id(), "README");
    assertThat(Path.of(one.path())).hasContent("read me");
    service.check().run(List.of(), false, c -> assertThat(c.problems()).isEmpty());
    assertThat(temp.resolve("image/tmp")).isEmptyDirectory();
  }

  @Test
  void anArtifactsFileThatLeadsOutIsRefused() throws IOException {
    TestImage blobs = new TestImage();
    var manifest = new JsonMapper().createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest.set("config", blobs.descriptor(MediaTypes.OCI_EMPTY, "{}".getBytes(UTF_8)));
    var file = blobs.descriptor("text/plain", "x".getBytes(UTF_8));
    file.putObject("annotations").put("org.opencontainers.image.title", "../../etc/cron.d/x");
    manifest.putArray("layers").add(file);
    registry.put("scratch", "blobs", blobs);
    registry.put("bad", "v1", MediaTypes.OCI_MANIFEST, TestImage.bytes(manifest));
    assertThatThrownBy(() -> pull("bad:v1"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("leads out of the image");
    assertThat(service.images().list()).isEmpty();
    assertThat(store()).isEmpty();
  }

  @Test
  void hugeAccountFilesAreRefused() {
    byte[] huge = new byte[Accounts.MAX_BYTES + 1];
    registry.put("app", "v1", new TestImage().gzip(new Tars().file("etc/group", huge).bytes()));
    ImageId id = pull("app:v1").id();
    assertThatThrownBy(() -> service.accounts(id))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("etc/group: larger than");
  }

  @Test
  void indexesThatLeadToIndexesEnd() {
    byte[] last = "{}".getBytes(UTF_8);
    String type = MediaTypes.OCI_MANIFEST;
    for (int i = 0; i < 8; i++) {
      String index =
          """
          {"schemaVersion":2,"mediaType":"%s","manifests":[{"mediaType":"%s","digest":"%s","size":%d,
           "platform":{"os":"linux","architecture":"amd64"}}]}
          """
              .formatted(MediaTypes.OCI_INDEX, type, Digest.sha256(last), last.length);
      last = index.getBytes(UTF_8);
      type = MediaTypes.OCI_INDEX;
      registry.put("chain", "v1", type, last);
    }
    assertThatThrownBy(() -> pull("chain:v1"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("more than 4 indexes in a row");
  }

  @Test
  void accountsComeFromTheLayers() {
    TestImage made =
        new TestImage()
            .gzip(base())
            .gzip(new Tars().file("etc/group", "app:x:1001:\nlast:x:77:app\n").bytes());
    registry.put("app", "v1", made);
    Accounts accounts = service.accounts(pull("app:v1").id());
    assertThat(accounts.passwd()).contains("app:x:1000:1001:");
    assertThat(accounts.group()).isEqualTo("app:x:1001:\nlast:x:77:app\n");
  }

  @Test
  void theSameContentUnderOtherNamesIsOneImage() {
    TestImage made = new TestImage().gzip(base());
    registry.put("a", "v1", made);
    registry.put("b/c", "v2", made);
    Image first = pull("a:v1");
    Image second = pull("b/c:v2");
    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.repoTags()).hasSize(2);
    assertThat(second.repoDigests()).hasSize(2);
    assertThat(registry.requests.stream().filter(r -> r.contains("/blobs/"))).hasSize(2);
    service.images().remove(registry.host() + "/a:v1");
    assertThat(service.images().list()).isEmpty();
    assertThat(temp.resolve("image/layers")).isEmptyDirectory();
  }

  @Test
  void pulledByDigestItHasNoTag() {
    Digest digest = registry.put("a", "v1", new TestImage().docker().gzip(base()));
    Image image = pull("a@" + digest);
    assertThat(image.repoTags()).isEmpty();
    assertThat(image.repoDigests()).hasSize(1);
  }

  @Test
  void aTagThatMovesNamesTheNewImageOnly() {
    registry.put("a", "v1", new TestImage().gzip(base()));
    Image old = pull("a:v1");
    registry.put("a", "v1", new TestImage().gzip(new Tars().file("new", "x").bytes()));
    Image fresh = pull("a:v1");
    assertThat(fresh.repoTags()).hasSize(1);
    assertThat(service.images().get(old.id()).orElseThrow().repoTags()).isEmpty();
    assertThat(service.images().find(registry.host() + "/a:v1")).hasValue(fresh);
  }

  @Test
  void theBestPlatformOfAnIndexIsTaken() throws IOException {
    TestImage old = new TestImage().gzip(base());
    TestImage right = new TestImage().gzip(new Tars().file("v2", "x").bytes());
    TestImage arm = new TestImage().gzip(new Tars().file("arm", "x").bytes());
    arm.config.put("architecture", "arm64");
    var mapper = new JsonMapper();
    var index = mapper.createObjectNode();
    index.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
    var list = index.putArray("manifests");
    for (var entry :
        List.of(
            new Object[] {arm, "arm64", "v8"},
            new Object[] {old, "amd64", ""},
            new Object[] {right, "amd64", "v2"})) {
      TestImage image = (TestImage) entry[0];
      Digest digest = registry.put("a", "part", image);
      var descriptor =
          list.addObject()
              .put("mediaType", MediaTypes.OCI_MANIFEST)
              .put("digest", digest.toString())
              .put("size", image.manifestBytes().length);
      descriptor
          .putObject("platform")
          .put("os", "linux")
          .put("architecture", (String) entry[1])
          .put("variant", (String) entry[2]);
    }
    byte[] bytes = mapper.writeValueAsBytes(index);
    Digest digest = registry.put("a", "v1", MediaTypes.OCI_INDEX, bytes);
    Image image = pull("a:v1");
    assertThat(image.id()).isEqualTo(right.id());
    assertThat(image.repoDigests()).containsExactly(registry.host() + "/a@" + digest);
  }

  @Test
  void aWrongDiffIdLeavesNothing() throws IOException {
    TestImage made =
        new TestImage()
            .gzip(base())
            .layer(
                "application/vnd.oci.image.layer.v1.tar",
                new Tars().file("x", "y").bytes(),
                Digest.sha256(new byte[0]));
    registry.put("a", "v1", made);
    assertThatThrownBy(() -> pull("a:v1"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("layer sha256:")
        .hasMessageContaining("tar: has digest");
    assertThat(store()).isEmpty();
    assertThat(service.images().list()).isEmpty();
  }

  @Test
  void anInterruptedPullStopsAndLeavesNothing() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch forever = new CountDownLatch(1);
    registry.hook = e -> stallInBlob(e, asked, forever);
    byte[] large = new byte[1 << 20];
    new java.util.Random(1).nextBytes(large);
    TestImage made = new TestImage().gzip(new Tars().file("large", large).bytes());
    registry.put("a", "v1", made);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread puller =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    pull("a:v1");
                  } catch (RuntimeException e) {
                    thrown.set(e);
                  }
                });
    asked.await();
    long start = System.nanoTime();
    puller.interrupt();
    assertThat(puller.join(Duration.ofSeconds(5))).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    assertThat(thrown.get()).isInstanceOf(Fault.Cancelled.class);
    forever.countDown();
    assertThat(store()).isEmpty();
    registry.hook = e -> false;
    assertThat(pull("a:v1").size()).isGreaterThan(1 << 20);
  }

  private boolean stallInBlob(HttpExchange exchange, CountDownLatch asked, CountDownLatch forever)
      throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (!path.contains("/blobs/")) {
      return false;
    }
    byte[] blob = registry.blob(Digest.parse(path.replaceFirst("^.*/", "")));
    if (blob.length < 100_000) {
      return false;
    }
    exchange.sendResponseHeaders(200, blob.length);
    exchange.getResponseBody().write(blob, 0, 70_000);
    exchange.getResponseBody().flush();
    asked.countDown();
    try {
      forever.await();
    } catch (InterruptedException e) {
      // the server ends
    }
    return true;
  }

  @Test
  void aBrokenConnectionIsResumed() throws IOException {
    byte[] large = new byte[1 << 20];
    new java.util.Random(1).nextBytes(large);
    registry.hook =
        e -> {
          String path = e.getRequestURI().getPath();
          boolean first = e.getRequestHeaders().getFirst("Range") == null;
          if (!path.contains("/blobs/") || !first) {
            return false;
          }
          byte[] blob = registry.blob(Digest.parse(path.replaceFirst("^.*/", "")));
          if (blob.length < 100_000) {
            return false;
          }
          e.sendResponseHeaders(200, blob.length);
          e.getResponseBody().write(blob, 0, 70_000);
          throw new IOException("broken on purpose");
        };
    registry.put("a", "v1", new TestImage().gzip(new Tars().file("large", large).bytes()));
    Image image = pull("a:v1");
    Path file = Path.of(service.rootfs().readOnlyLayersFor(image.id()).getFirst()).resolve("large");
    assertThat(Files.readAllBytes(file)).isEqualTo(large);
  }

  @Test
  void recordsSurviveARestartAndACrashLeavesNothing() throws IOException {
    registry.put("a", "v1", new TestImage().gzip(base()));
    Image image = pull("a:v1");
    service.rootfs().create("c1", image.id());
    service.close();
    Files.createDirectories(temp.resolve("image/tmp/half/x"));
    Files.createDirectories(temp.resolve("image/layers/zz/x"));
    Files.createDirectories(temp.resolve("image/rootfs/zz/upper"));
    service = ImageService.open(settings(), database);
    assertThat(service.images().list()).containsExactly(image);
    // What no record knows goes in the background, which the end waits for.
    service.close();
    assertThat(store()).hasSize(3);
    service = ImageService.open(settings(), database);
    service.images().remove(image.id().value());
    OverlayRootfs rootfs = service.rootfs().open("c1");
    assertThat(Path.of(rootfs.lowerdirs().getFirst(), "etc/passwd")).exists();
    Files.write(Path.of(rootfs.upperdir(), "new"), "x".getBytes(UTF_8));
    assertThat(service.rootfs().usage("c1").inodes()).isEqualTo(2);
    service.rootfs().remove("c1");
    service.rootfs().remove("c1");
    service.close();
    assertThat(store()).isEmpty();
    service = ImageService.open(settings(), database);
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThatThrownBy(() -> pull("none:v1"))
        .isInstanceOf(Fault.NotFound.class)
        .hasMessageContaining("none:v1")
        .hasMessageContaining("HTTP status 404");
    assertThatThrownBy(() -> service.rootfs().usage("removed"))
        .isInstanceOf(Fault.NotFound.class)
        .hasMessageContaining("container removed");
  }

  @Test
  void anotherMachinesImageIsRefused() {
    TestImage arm = new TestImage().gzip(base());
    arm.config.put("architecture", "arm64");
    registry.put("a", "v1", arm);
    assertThatThrownBy(() -> pull("a:v1"))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining("built for linux/arm64");
  }
}
