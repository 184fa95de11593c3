package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.layer.Tars;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Platform;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Dir;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images made to be difficult, unpacked by Gantry side by side and mounted with overlayfs, and by
 * umoci layer after layer into one directory: the two trees must be equal.
 */
class UmociDifferentialIT {
  @TempDir Path temp;
  private FakeRegistry registry;
  private Database database;
  private ImageService service;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    database = Database.open(temp.resolve("db"));
    service =
        ImageService.open(
            ImageSettings.defaults(temp.resolve("image"))
                .withHostDirs(List.of())
                .withPlatform(new Platform("linux", "amd64", "v1")),
            database);
  }

  @AfterEach
  void close() {
    service.close();
    database.close();
    registry.close();
  }

  static List<DifficultImages.Case> cases() {
    return DifficultImages.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void theTreesAreEqual(DifficultImages.Case difficult) throws Exception {
    compare(difficult);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void theTreesAreEqualWhenTheBottomComesLast(DifficultImages.Case difficult) throws Exception {
    Map<String, Integer> delays = new ConcurrentHashMap<>();
    int height = difficult.layers().size();
    for (int i = 0; i < height; i++) {
      byte[] blob = TestImage.gzipped(difficult.layers().get(i).bytes());
      delays.put(Digest.sha256(blob).toString(), 60 * (height - 1 - i));
    }
    registry.hook =
        e -> {
          String path = e.getRequestURI().getPath();
          LockSupport.parkNanos(1_000_000L * delays.getOrDefault(path.replaceFirst("^.*/", ""), 0));
          return false;
        };
    compare(difficult);
  }

  private void compare(DifficultImages.Case difficult) throws Exception {
    TestImage image = new TestImage();
    for (Tars layer : difficult.layers()) {
      image.gzip(layer.bytes());
    }
    Map<String, String> expected = umoci(image);
    registry.put("difficult", "v1", image);
    Image pulled =
        service
            .pull()
            .run(ImageReference.parse(registry.host() + "/difficult:v1"), RegistryAuth.none());
    OverlayRootfs rootfs = service.rootfs().create("c", pulled.id());
    Map<String, String> found;
    try (MountedOverlay overlay = new MountedOverlay(rootfs);
        Dir root = Dir.open(overlay.path())) {
      found = TreeDump.of(root);
    }
    for (String path : difficult.untimed()) {
      expected.computeIfPresent(path, (_, line) -> line.replaceFirst(" -?[0-9]+\\.[0-9]+", ""));
      found.computeIfPresent(path, (_, line) -> line.replaceFirst(" -?[0-9]+\\.[0-9]+", ""));
    }
    assertThat(found).containsExactlyInAnyOrderEntriesOf(expected);
  }

  private Map<String, String> umoci(TestImage image) throws IOException, InterruptedException {
    Path layout = temp.resolve("layout");
    Path bundle = temp.resolve("bundle");
    OciLayout.write(layout, "v1", image);
    Process umoci =
        new ProcessBuilder("umoci", "unpack", "--image", layout + ":v1", bundle.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(umoci.getInputStream().readAllBytes(), UTF_8);
    assertThat(umoci.waitFor()).as(said).isZero();
    try (Dir root = Dir.open(bundle.resolve("rootfs"))) {
      return TreeDump.of(root);
    } finally {
      Files.deleteIfExists(layout.resolve("index.json"));
    }
  }
}
