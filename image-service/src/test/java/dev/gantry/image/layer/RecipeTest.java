package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {
  @TempDir private Path temp;

  private byte[] again(UnpackDir store, Path layer) throws IOException {
    try (Dir dir = Dir.open(layer);
        RecipeReader reader =
            new RecipeReader(new ByteArrayInputStream(store.recipe.toByteArray()), dir)) {
      return reader.readAllBytes();
    }
  }

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void theArchiveComesOutAgainByteForByte() throws IOException {
    byte[] tar =
        new Tars()
            .dir("./", 0755)
            .dir("etc/", 0755)
            .file("etc/empty", "")
            .file("etc/one", "x")
            .file("big", noise(3_000_001))
            .symlink("link", "etc")
            .file("link/through", "in a linked directory")
            .link("hard", "big")
            .fifo("pipe", 0600)
            .file("n".repeat(200), noise(512))
            .pax("GNU.sparse.map", "0,3,100000,2")
            .pax("GNU.sparse.size", "200000")
            .pax("GNU.sparse.name", "sparse")
            .file("GNUSparseFile.0/sparse", "abcde")
            .file("etc/.wh.gone", "")
            .pax("comment", "with trailing bytes")
            .file("last", noise(70_000))
            .bytes();
    UnpackDir store = new UnpackDir(temp);
    Path layer = store.add(tar);

    assertThat(again(store, layer)).isEqualTo(tar);
    assertThat(store.recipe.size()).isLessThan(5_000);
  }

  @Test
  void anotherByteInAFileIsAnotherArchive() throws IOException {
    byte[] tar = new Tars().file("a", noise(10_000)).bytes();
    UnpackDir store = new UnpackDir(temp);
    Path layer = store.add(tar);
    byte[] content = Files.readAllBytes(layer.resolve("a"));
    content[5000] ^= 1;
    Files.write(layer.resolve("a"), content);

    assertThat(again(store, layer)).hasSameSizeAs(tar).isNotEqualTo(tar);
    Files.write(layer.resolve("a"), new byte[4]);
    assertThatThrownBy(() -> again(store, layer))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("a: shorter than it was");
    Files.delete(layer.resolve("a"));
    assertThatThrownBy(() -> again(store, layer))
        .isInstanceOf(Fault.Syscall.class)
        .hasMessageContaining("ENOENT");
  }

  @Test
  void anArchiveThatReplacesItsOwnFilesIsLost() throws IOException {
    byte[] tar = new Tars().file("a", "first").file("a", "second").bytes();
    UnpackDir store = new UnpackDir(temp);
    Path layer = store.add(tar);

    assertThatThrownBy(() -> again(store, layer))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining("its archive replaced files of its own");
  }
}
