package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.layer.Tars;
import dev.gantry.image.manifest.Platform;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckImagesTest {
  @TempDir private Path temp;
  private FakeRegistry registry;
  private Database database;
  private ImageService service;
  private Image image;
  private Path upper;

  @BeforeEach
  void pull() throws IOException {
    registry = new FakeRegistry();
    database = Database.open(temp.resolve("db"));
    service =
        ImageService.open(
            ImageSettings.defaults(temp.resolve("image"))
                .withHostDirs(List.of())
                .withPlatform(new Platform("linux", "amd64", "v2")),
            database);
    registry.put(
        "app",
        "v1",
        new TestImage()
            .gzip(new Tars().dir("./", 0755).dir("d/", 0750).file("d/low", "low").bytes())
            .gzip(
                new Tars()
                    .dir("./", 0755)
                    .file("d/text", "some text")
                    .symlink("link", "d")
                    .link("d/hard", "d/low")
                    .fifo("pipe", 0640)
                    .bytes()));
    image =
        service.pull().run(ImageReference.parse(registry.host() + "/app:v1"), RegistryAuth.none());
    upper = Path.of(service.rootfs().readOnlyLayersFor(image.id()).getFirst());
  }

  @AfterEach
  void close() {
    service.close();
    database.close();
    registry.close();
  }

  private List<CheckedLayer> check(boolean repair) throws InterruptedException {
    List<CheckedLayer> found = new ArrayList<>();
    service.check().run(List.of(), repair, found::add);
    return found;
  }

  private List<String> problems() throws InterruptedException {
    return check(false).stream().flatMap(c -> c.problems().stream()).toList();
  }

  @Test
  void whatIsWholeHasNoProblems() throws Exception {
    assertThat(check(false)).hasSize(2).allMatch(c -> c.problems().isEmpty());
    assertThat(check(false)).allMatch(c -> c.unknown().isEmpty());
  }

  @Test
  void everyKindOfDamageIsSeen() throws Exception {
    Path text = upper.resolve("d/text");
    Files.writeString(text, "other tex");
    assertThat(problems()).anyMatch(p -> p.startsWith("content: has digest "));
    Files.writeString(text, "short");
    assertThat(problems()).anyMatch(p -> p.contains("d/text: shorter than it was"));
    Files.delete(text);
    assertThat(problems()).anyMatch(p -> p.contains("ENOENT"));
    Files.setPosixFilePermissions(
        upper.resolve("pipe"), PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.writeString(text, "some text");
    assertThat(problems()).contains("/pipe: mode 666, not 640");
    Files.delete(upper.resolve("link"));
    assertThat(problems()).contains("/link: missing");
    Files.createSymbolicLink(upper.resolve("link"), Path.of("/etc"));
    assertThat(problems()).contains("/link: leads elsewhere");
    Files.createFile(upper.resolve("more"));
    assertThat(problems()).anyMatch(p -> p.endsWith("files and directories, not 6"));
  }

  @Test
  void repairPullsOnlyWhatIsBroken() throws Exception {
    service.rootfs().create("c1", image.id());
    Files.writeString(upper.resolve("d/text"), "broken");
    Files.delete(upper.resolve("pipe"));
    registry.requests.clear();

    List<CheckedLayer> checked = check(true);

    assertThat(checked).filteredOn(CheckedLayer::repaired).hasSize(1);
    assertThat(registry.requests.stream().filter(r -> r.contains("/blobs/"))).hasSize(1);
    assertThat(problems()).isEmpty();
    assertThat(upper.resolve("d/text")).hasContent("some text");
    assertThat(temp.resolve("image/tmp")).isEmptyDirectory();
  }

  @Test
  void withoutRegistryItStaysBrokenAndSaysWhy() throws Exception {
    Files.writeString(upper.resolve("d/text"), "broken");
    registry.hook =
        e -> {
          FakeRegistry.send(e, 404, new byte[0]);
          return true;
        };
    assertThat(check(true))
        .filteredOn(c -> !c.problems().isEmpty())
        .singleElement()
        .satisfies(c -> assertThat(c.repairFailed()).contains("not found"))
        .satisfies(c -> assertThat(c.repaired()).isFalse());
    assertThat(upper.resolve("d/text")).hasContent("broken");
  }

  @Test
  void pruneLeavesWhatIsUsedTaggedOrPinned() {
    registry.put("free", "v1", new TestImage().gzip(new Tars().file("x", "y").bytes()));
    Image free =
        service.pull().run(ImageReference.parse(registry.host() + "/free:v1"), RegistryAuth.none());
    service.rootfs().create("c1", image.id());
    DiskUsage usage = service.diskUsage();
    assertThat(usage.prune(false, false)).isEmpty();
    assertThat(usage.prune(true, true)).extracting(u -> u.image().id()).containsExactly(free.id());
    assertThat(service.images().list()).hasSize(2);
    assertThat(usage.prune(true, false)).hasSize(1);
    assertThat(service.images().list()).extracting(Image::id).containsExactly(image.id());
    Image tagged = service.images().tag(image.id().value(), ImageReference.parse("mine:v1"));
    assertThat(tagged.repoTags()).contains("docker.io/library/mine:v1");
  }
}
