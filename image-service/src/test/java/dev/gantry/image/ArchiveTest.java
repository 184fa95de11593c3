package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.layer.Tars;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Platform;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
  @TempDir private Path temp;
  private FakeRegistry registry;
  private Node node;
  private Node other;

  /** A node's images. */
  private static final class Node implements AutoCloseable {
    final Path root;
    final Database database;
    final ImageService service;

    Node(Path dir) throws IOException {
      Files.createDirectories(dir);
      root = dir.resolve("image");
      database = Database.open(dir.resolve("db"));
      service =
          ImageService.open(
              ImageSettings.defaults(root)
                  .withHostDirs(List.of())
                  .withPlatform(new Platform("linux", "amd64", "v2")),
              database);
    }

    List<String> load(Path archive, String name) throws InterruptedException {
      return service.load().run(archive, name).stream().map(i -> i.id().value()).toList();
    }

    Image find(String name) {
      return service.images().find(name).orElseThrow();
    }

    @Override
    public void close() {
      service.close();
      database.close();
    }
  }

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    node = new Node(temp.resolve("node"));
    other = new Node(temp.resolve("other"));
  }

  @AfterEach
  void close() {
    node.close();
    other.close();
    registry.close();
  }

  private static TestImage image(String content) {
    byte[] noise = new byte[300_000];
    new Random(1).nextBytes(noise);
    return new TestImage()
        .gzip(new Tars().dir("./", 0755).dir("etc/", 0711).file("etc/noise", noise).bytes())
        .zstd(new Tars().file("etc/text", content).symlink("link", "etc").bytes());
  }

  private Image pull(String name) {
    return node.service
        .pull()
        .run(ImageReference.parse(registry.host() + "/" + name), RegistryAuth.none());
  }

  @Test
  void whatIsSavedCanBeLoaded() throws Exception {
    registry.put("a", "v1", image("one"));
    registry.put("b", "v2", image("two"));
    Image a = pull("a:v1");
    Image b = pull("b:v2");
    String nameA = registry.host() + "/a:v1";
    Path archive = temp.resolve("two.tar");

    long size = node.service.save().run(List.of(nameA, b.id().value()), archive);

    assertThat(archive).hasSize(size);
    assertThat(other.load(archive, "")).containsExactly(a.id().value(), b.id().value());
    assertThat(other.find(nameA).repoTags()).containsExactly(nameA);
    assertThat(other.find(nameA).configJson()).isEqualTo(a.configJson());
    String top = other.service.rootfs().readOnlyLayersFor(b.id()).get(1);
    assertThat(Path.of(top, "etc/text")).hasContent("two");
    // The first layer is in the archive, and on disk, once.
    assertThat(other.root.resolve("recipes")).isDirectoryContaining(p -> true);
    assertThat(size).isLessThan(400_000);
    assertThat(other.root.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void aLayoutIsLoadedAsDirectoryAndInOneFile() throws Exception {
    TestImage made = image("x");
    Path layout = temp.resolve("layout");
    OciLayout.write(layout, "v1", made);

    assertThat(node.load(layout, "")).containsExactly(made.id().value());
    assertThat(node.find(made.id().value()).repoTags()).isEmpty();
    assertThat(node.load(layout, "team/app:v3")).containsExactly(made.id().value());
    Digest manifest = Digest.sha256(made.manifestBytes());
    assertThat(node.find("team/app:v3").repoDigests())
        .containsExactly("docker.io/team/app@" + manifest);

    byte[] index = Files.readAllBytes(layout.resolve("index.json"));
    Tars tar = new Tars().file("index.json", index);
    made.blobs.forEach((digest, blob) -> tar.file("blobs/sha256/" + digest.hex(), blob));
    Path packed = temp.resolve("layout.tar.gz");
    Files.write(packed, TestImage.gzipped(tar.bytes()));
    assertThat(other.load(packed, "")).containsExactly(made.id().value());
  }

  @Test
  void oldDockerArchivesHaveLinksForLayersThatComeTwice() throws Exception {
    byte[] layer = new Tars().file("f", "content").bytes();
    TestImage made = new TestImage().plain(layer).plain(layer);
    byte[] config = TestImage.bytes(made.config);
    String manifest =
        """
        [{"Config":"c.json","RepoTags":["app:v1","app:v2"],"Layers":["1/layer.tar","2/layer.tar"]}]
        """;
    Path archive = temp.resolve("docker.tar");
    Files.write(
        archive,
        new Tars()
            .file("1/layer.tar", layer)
            .symlink("2/layer.tar", "../1/layer.tar")
            .file("c.json", config)
            .file("manifest.json", manifest.getBytes(UTF_8))
            .bytes());
    assertThat(node.load(archive, "")).containsExactly(made.id().value());
    assertThat(node.find("app:v2").repoTags())
        .containsExactly("docker.io/library/app:v1", "docker.io/library/app:v2");
    assertThat(node.find("app:v2").repoDigests()).isEmpty();
  }

  @Test
  void whatIsNoArchiveOfImagesIsRefused() throws Exception {
    Path empty = temp.resolve("empty.tar");
    Files.write(empty, new Tars().file("x", "y").bytes());
    assertThatThrownBy(() -> node.load(empty, ""))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("load %s: neither manifest.json nor index.json in it".formatted(empty));

    TestImage made = image("x");
    Path layout = temp.resolve("layout");
    OciLayout.write(layout, "v1", made);
    Path blob = layout.resolve("blobs/sha256/" + made.blobs.keySet().iterator().next().hex());
    byte[] content = Files.readAllBytes(blob);
    content[content.length / 2] ^= 1;
    Files.write(blob, content);
    assertThatThrownBy(() -> node.load(layout, "")).isInstanceOf(Fault.Invalid.class);
    assertThat(node.service.images().list()).isEmpty();
    assertThat(node.root.resolve("layers")).isEmptyDirectory();
  }
}
