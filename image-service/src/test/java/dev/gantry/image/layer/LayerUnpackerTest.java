package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.Dir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerUnpackerTest {
  @TempDir Path temp;

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void anImpliedParentTakesItsAttributesFromBelow() throws IOException {
    UnpackDir store = new UnpackDir(temp);
    store.add(new Tars().time(7).dir("d/", 0750).bytes());
    Path upper = store.add(new Tars().file("d/x", "x").bytes());
    assertThat(mode(upper.resolve("d"))).isEqualTo("rwxr-x---");
    assertThat(Files.getLastModifiedTime(upper.resolve("d")).toMillis()).isEqualTo(7000);
    assertThat(store.answers).containsOnlyKeys("at d");
  }

  @Test
  void aLayerThatDescribesAllItsDirectoriesAsksNothing() {
    UnpackDir store = new UnpackDir(temp);
    store.add(new Tars().dir("d/", 0750).bytes());
    store.add(new Tars().dir("d/", 0700).file("d/x", "x").file("y", "y").bytes());
    assertThat(store.answers).isEmpty();
  }

  @Test
  void aLayerFitsWhereTheAnswersAreTheSame() {
    UnpackDir store = new UnpackDir(temp);
    Path base = store.add(new Tars().time(7).dir("d/", 0750).file("gone", "x").bytes());
    store.add(new Tars().file("d/x", "x").file(".wh.gone", "").bytes());
    UnpackDir other = new UnpackDir(temp.resolve("other"));
    Path same =
        other.add(new Tars().time(7).dir("d/", 0750).file("gone", "y").file("more", "x").bytes());
    Path different =
        new UnpackDir(temp.resolve("third"))
            .add(new Tars().time(7).dir("d/", 0755).file("gone", "x").bytes());
    assertThat(LayerUnpacker.fits(store.answers, List.of(new LayerDir(1, base)))).isTrue();
    assertThat(LayerUnpacker.fits(store.answers, List.of(new LayerDir(9, same)))).isTrue();
    assertThat(LayerUnpacker.fits(store.answers, List.of(new LayerDir(1, different)))).isFalse();
    assertThat(LayerUnpacker.fits(store.answers, List.of())).isFalse();
  }

  @Test
  void aRemovalIsMadeOnlyWhereThereIsSomethingToRemove() {
    UnpackDir store = new UnpackDir(temp);
    Path layer = store.add(new Tars().dir("d/", 0755).file("d/.wh.x", "").bytes());
    assertThat(layer.resolve("d")).isEmptyDirectory();
  }

  @Test
  void bookkeepingOfAufsIsPassedOver() {
    Path layer =
        new UnpackDir(temp)
            .add(new Tars().dir(".wh..wh.plnk/", 0700).file(".wh..wh.aufs", "").bytes());
    assertThat(layer).isEmptyDirectory();
  }

  @Test
  void aWholeTreeGoesHoweverDeep() throws IOException {
    Path deep = Files.createDirectories(temp.resolve("tree"));
    try (Dir top = Dir.open(temp)) {
      Dir at = top.openDir("tree");
      for (int i = 0; i < 3000; i++) {
        at.mkdir("d", 0755);
        Dir next = at.openDir("d");
        at.close();
        at = next;
      }
      at.create("leaf", 0600).close();
      at.close();
      TreeRemoval.remove(top, "tree");
    }
    assertThat(deep).doesNotExist();
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void aRemovalThatACrashCutShortIsGoneOnWith(@TempDir Path temp) throws IOException {
    Files.createDirectories(temp.resolve("5/work/work"));
    Files.createDirectories(temp.resolve("5.removed.0/file-of-before"));
    Files.createDirectories(temp.resolve("x".repeat(250) + "/a/b"));
    try (Dir top = Dir.open(temp)) {
      TreeRemoval.remove(top, "5");
      assertThat(temp.resolve("5.removed.0/file-of-before")).isDirectory();
      TreeRemoval.remove(top, "5.removed.0");
      TreeRemoval.remove(top, "x".repeat(250));
    }
    assertThat(temp).isEmptyDirectory();
  }
}
