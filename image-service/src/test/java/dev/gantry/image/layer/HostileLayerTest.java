package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.TestImage;
import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Fault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers made to do harm: each ends with an error that names it, and touches nothing outside. */
class HostileLayerTest {
  @TempDir Path temp;
  private UnpackDir store = new UnpackDir(Path.of("unset"));

  @BeforeEach
  void makeOutside() throws IOException {
    Files.createDirectories(temp.resolve("outside"));
    Files.writeString(temp.resolve("outside/file"), "untouched");
    store = new UnpackDir(Files.createDirectories(temp.resolve("store")));
  }

  private void assertOutsideUntouched() {
    assertThat(temp.resolve("outside")).isDirectoryContaining(p -> p.endsWith("file"));
    assertThat(temp.resolve("outside/file")).hasContent("untouched");
    assertThat(temp).isDirectoryNotContaining(p -> p.endsWith("evil"));
  }

  private void refused(Tars tar, String why) {
    refused(() -> store.add(tar.bytes()), why);
  }

  private void refused(ThrowingCallable action, String why) {
    assertThatThrownBy(action)
        .isInstanceOf(Fault.class)
        .hasMessageStartingWith("layer sha256:")
        .hasMessageContaining(why);
    assertOutsideUntouched();
  }

  @Test
  void aPathThatLeadsOut() {
    refused(new Tars().file("../evil", "x"), "leads out of the image");
    refused(new Tars().dir("a/", 0755).file("a/../../evil", "x"), "leads out of the image");
  }

  @Test
  void anAbsoluteLinkIsFollowedInsideOnly() throws IOException {
    Path layer =
        store.add(
            new Tars()
                .symlink("out", temp.resolve("outside").toString())
                .file("out/file", "written")
                .bytes());
    assertOutsideUntouched();
    assertThat(layer.resolve(temp.resolve("outside/file").toString().substring(1)))
        .hasContent("written");
  }

  @Test
  void aLinkThatClimbsIsFollowedInsideOnly() {
    Path layer =
        store.add(
            new Tars().symlink("up", "../../../../../../../../../..").file("up/evil", "x").bytes());
    assertOutsideUntouched();
    assertThat(layer.resolve("evil")).exists();
  }

  @Test
  void linksThatLoop() {
    refused(
        new Tars().symlink("a", "b").symlink("b", "a").file("a/x", "x"), "path a: loop of links");
    refused(new Tars().symlink("self", "self/x").file("self/y", "x"), "loop of links");
  }

  @Test
  void aLinkToAFileAsParent() {
    refused(new Tars().file("f", "x").symlink("s", "f").file("s/x", "x"), "no directory");
  }

  @Test
  void hardLinksThatLeadOut() {
    refused(new Tars().link("evil", "../outside/file"), "leads out of the image");
    refused(
        new Tars().symlink("out", temp.resolve("outside").toString()).link("x", "out/file"),
        "no such file");
    refused(new Tars().link("x", "none"), "hard link to none: no such file");
    refused(new Tars().dir("d/", 0755).link("x", "d"), "hard link to directory d");
    refused(new Tars().link("x", "/"), "hard link to the root");
  }

  @Test
  void writingThroughAHardLinkToALink() throws IOException {
    Path layer =
        store.add(
            new Tars()
                .symlink("s", temp.resolve("outside/file").toString())
                .link("h", "s")
                .file("h", "replaced")
                .bytes());
    assertOutsideUntouched();
    assertThat(layer.resolve("h")).isRegularFile().hasContent("replaced");
  }

  @Test
  void devicesThatAreMarksOfOverlayfs() {
    refused(new Tars().device("x", '3', 0, 0), "0:0");
  }

  @Test
  void attributesThatSteerOverlayfs() {
    refused(
        new Tars().pax("SCHILY.xattr.trusted.overlay.redirect", "/etc").dir("d/", 0755),
        "belongs to overlayfs");
    refused(
        new Tars().pax("SCHILY.xattr.user.overlay.opaque", "y").file("d", "x"),
        "belongs to overlayfs");
  }

  @Test
  void removalsOfNothing() {
    refused(new Tars().file(".wh.", ""), "whiteout of no name");
    refused(new Tars().file("a/.wh...", ""), "whiteout of no name");
    refused(new Tars().file(".wh..", ""), "whiteout of no name");
  }

  @Test
  void theRootAsAFile() {
    refused(new Tars().symlink("./", "/etc"), "the root is no directory");
  }

  @Test
  void tenGigabytesOfZerosInASmallGzip() {
    // One member of the gzip is 16 MiB of zeros; it comes 640 times.
    byte[] zeros = TestImage.gzipped(new byte[1 << 24]);
    byte[] head = TestImage.gzipped(header("zeros", 10L << 30));
    List<InputStream> parts =
        Stream.concat(Stream.of(head), Collections.nCopies(640, zeros).stream())
            .map(ByteArrayInputStream::new)
            .map(InputStream.class::cast)
            .toList();
    long size = head.length + 640L * zeros.length;
    Digest any = Digest.sha256(head);
    LayerBlob blob = new LayerBlob(any, size, Compression.GZIP, any);
    assertThat(LayerLimits.DEFAULT.unpacked(size)).isLessThan(10L << 30);
    UnpackDir strict =
        new UnpackDir(temp.resolve("store"), new LayerLimits(32 << 20, 32 << 20, 200, 10));
    refused(
        () -> strict.add(blob, new SequenceInputStream(Collections.enumeration(parts))),
        "tar: more than 33554432 bytes");
  }

  @Test
  void aHundredGigabytesOfHolesAreNoBomb() throws IOException {
    Path layer =
        new UnpackDir(temp.resolve("store"))
            .add(
                new Tars()
                    .pax("GNU.sparse.map", "0,1,107374182400,0")
                    .pax("GNU.sparse.size", "107374182400")
                    .pax("GNU.sparse.name", "disk.img")
                    .file("GNUSparseFile.0/disk.img", "x")
                    .bytes());
    assertThat(Files.size(layer.resolve("disk.img"))).isEqualTo(107374182400L);
  }

  private static byte[] header(String name, long size) {
    Tars tar = new Tars();
    tar.header(name, '0', 0644, "", size);
    return tar.open();
  }

  @Test
  void moreMembersThanAllowed() {
    UnpackDir strict =
        new UnpackDir(temp.resolve("store"), new LayerLimits(1 << 30, 1 << 30, 200, 2_000));
    Tars tar = new Tars();
    for (int i = 0; i <= 2_000; i++) {
      tar.file("f" + i, "");
    }
    refused(() -> strict.add(tar.bytes()), "more than 2000 members");
  }

  @Test
  void overlongNames() {
    refused(new Tars().file("n".repeat(256), "x"), "longer than 255 bytes");
    refused(new Tars().file("d/".repeat(2100) + "x", "x"), "longer than 4095 bytes");
    refused(new Tars().symlink("s", "t".repeat(5000)), "ENAMETOOLONG");
    Tars tar = new Tars();
    tar.header("long", 'L', 0, "", 2 << 20);
    refused(tar.data(new byte[2 << 20]), "extended header of 2097152 bytes");
  }

  @Test
  void negativeSizes() {
    Tars tar = new Tars();
    tar.header("negative", '0', 0644, "", -512);
    refused(tar, "negative size");
    refused(new Tars().pax("size", "-1").file("negative", "x"), "pax header: size");
  }

  @Test
  void negativeOwners() {
    refused(new Tars().owner(-2, 0).file("x", "x"), "owner -2");
  }

  @Test
  void sparseMapsThatLie() {
    for (String map : List.of("0,10,5,10", "0,100", "999999999999,1", "0,1,4,2")) {
      refused(
          new Tars()
              .pax("GNU.sparse.map", map)
              .pax("GNU.sparse.size", "20")
              .pax("GNU.sparse.name", "x")
              .file("GNUSparseFile/x", "x"),
          "sparse map");
    }
  }

  @Test
  void wrongChecksumsOfHeaders() {
    byte[] tar = new Tars().file("x", "x").bytes();
    tar[3] ^= 1;
    refused(() -> store.add(tar), "wrong checksum");
  }

  @Test
  void truncatedArchives() {
    byte[] tar = new Tars().file("x", "x".repeat(5000)).bytes();
    refused(() -> store.add(Arrays.copyOf(tar, 3000)), "truncated");
    refused(() -> store.add(Arrays.copyOf(tar, 700)), "truncated");
    refused(() -> store.add(Arrays.copyOf(tar, 300)), "truncated");
  }

  @Test
  void truncatedGzip() {
    byte[] tar = new Tars().file("x", "x".repeat(5000)).bytes();
    byte[] gzip = TestImage.gzipped(tar);
    byte[] cut = Arrays.copyOf(gzip, gzip.length - 12);
    refused(() -> gzip(cut, tar), "gzip: truncated");
  }

  @Test
  void dataBehindTheGzip() {
    byte[] tar = new Tars().file("x", "x").bytes();
    byte[] gzip = TestImage.gzipped(tar);
    byte[] more = Arrays.copyOf(gzip, gzip.length + 4);
    more[gzip.length] = 'x';
    refused(() -> gzip(more, tar), "gzip: data behind the end");
  }

  @Test
  void zerosBehindTheGzipAreNoHarm() {
    byte[] tar = new Tars().file("x", "x").bytes();
    byte[] gzip = TestImage.gzipped(tar);
    gzip(Arrays.copyOf(gzip, gzip.length + 512), tar);
  }

  private void gzip(byte[] gzip, byte[] tar) {
    LayerBlob blob =
        new LayerBlob(Digest.sha256(gzip), gzip.length, Compression.GZIP, Digest.sha256(tar));
    store.add(blob, new ByteArrayInputStream(gzip));
  }

  @Test
  void dataBehindTheArchiveCountsForTheDigest() {
    byte[] tar = Arrays.copyOf(new Tars().file("x", "x").bytes(), 20_000);
    tar[15_000] = 1;
    store.add(tar);
    LayerBlob blob =
        new LayerBlob(
            Digest.sha256(tar),
            tar.length,
            Compression.NONE,
            Digest.sha256(new Tars().file("x", "x").bytes()));
    refused(() -> store.add(blob, new ByteArrayInputStream(tar)), "tar: has digest");
  }

  @Test
  void wrongDigest() {
    byte[] tar = new Tars().file("x", "x").bytes();
    LayerBlob blob =
        new LayerBlob(
            Digest.sha256("other".getBytes(UTF_8)),
            tar.length,
            Compression.NONE,
            Digest.sha256(tar));
    refused(() -> store.add(blob, new ByteArrayInputStream(tar)), "stored bytes: has digest");
  }

  @Test
  void wrongDiffId() {
    byte[] tar = new Tars().file("x", "x").bytes();
    LayerBlob blob =
        new LayerBlob(
            Digest.sha256(tar),
            tar.length,
            Compression.NONE,
            Digest.sha256("other".getBytes(UTF_8)));
    refused(() -> store.add(blob, new ByteArrayInputStream(tar)), "tar: has digest");
  }

  @Test
  void wrongSize() {
    byte[] tar = new Tars().file("x", "x").bytes();
    Digest digest = Digest.sha256(tar);
    LayerBlob longer = new LayerBlob(digest, tar.length + 1, Compression.NONE, digest);
    refused(() -> store.add(longer, new ByteArrayInputStream(tar)), "stored bytes: ");
    LayerBlob shorter = new LayerBlob(digest, tar.length - 1, Compression.NONE, digest);
    refused(() -> store.add(shorter, new ByteArrayInputStream(tar)), "stored bytes: more than");
  }

  @Test
  void unknownMembers() {
    refused(new Tars().member("x", 'M', 0644, "", new byte[0], 0), "unknown type 'M'");
  }

  @Test
  void extendedHeadersWithoutSense() {
    for (String records : List.of("999 a=b\n", "5 a=b", "x a=b\n", "7 a=b\n", "3 a", "7 abcd\n")) {
      Tars tar = new Tars();
      byte[] bytes = records.getBytes(UTF_8);
      tar.header("pax", 'x', 0, "", bytes.length);
      refused(tar.data(bytes).file("x", "x"), "pax header");
    }
  }
}
