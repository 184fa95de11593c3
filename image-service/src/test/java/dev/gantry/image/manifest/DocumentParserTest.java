package dev.gantry.image.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentParserTest {
  private static final String DIGEST = "sha256:" + "0".repeat(64);
  private static final String CONFIG =
      "'config':{'mediaType':'%s','digest':'%s','size':2}".formatted(MediaTypes.OCI_CONFIG, DIGEST);

  private static Document parse(String type, String json) {
    return DocumentParser.parse("manifest x", type, json.replace('\'', '"').getBytes(UTF_8));
  }

  private static void refused(String type, String json, Class<? extends Fault> kind, String why) {
    assertThatThrownBy(() -> parse(type, json)).isInstanceOf(kind).hasMessageContaining(why);
  }

  @Test
  void theTypeInsideCountsMoreThanTheHeader() {
    String json =
        "{'schemaVersion':2,'mediaType':'%s',%s,'layers':[]}"
            .formatted(MediaTypes.OCI_MANIFEST, CONFIG);
    assertThat(parse("text/plain", json)).isInstanceOf(Document.Manifest.class);
  }

  @Test
  void withoutAnyTypeTheFieldsTell() {
    assertThat(parse("", "{'schemaVersion':2,'manifests':[]}")).isInstanceOf(Document.Index.class);
    assertThat(parse("", "{'schemaVersion':2," + CONFIG + "}"))
        .isInstanceOf(Document.Manifest.class);
  }

  @Test
  void whatCouldBeReadBothWaysIsRefused() {
    refused(
        "",
        "{'schemaVersion':2,'manifests':[],'layers':[]," + CONFIG + "}",
        Fault.Invalid.class,
        "both a manifest and an index");
  }

  @Test
  void schema1IsRefusedWithAdvice() {
    refused(
        "", "{'schemaVersion':1,'fsLayers':[]}", Fault.Unsupported.class, "push the image anew");
    refused(
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "{'schemaVersion':1}",
        Fault.Unsupported.class,
        "schema 1");
  }

  @Test
  void wrongFieldsAreNamed() {
    refused("", "{'schemaVersion':2,'layers':[]}", Fault.Invalid.class, "config: missing");
    refused("", "[]", Fault.Invalid.class, "no JSON object");
    refused("", "{", Fault.Invalid.class, "no JSON");
    refused("", "{'a':1,'a':2}", Fault.Invalid.class, "no JSON");
    refused(
        "",
        "{'schemaVersion':2,'layers':[{'mediaType':'x','digest':'%s','size':-1}],%s}"
            .formatted(DIGEST, CONFIG),
        Fault.Invalid.class,
        "layers[0]: size: negative");
    refused("a/b", "{'schemaVersion':2}", Fault.Unsupported.class, "media type a/b");
  }

  @Test
  void hundredsOfLayersAreTooMany() {
    String layer = "{'mediaType':'x','digest':'%s','size':1}".formatted(DIGEST);
    String layers = String.join(",", java.util.Collections.nCopies(501, layer));
    refused(
        "",
        "{'schemaVersion':2,'layers':[" + layers + "]," + CONFIG + "}",
        Fault.Invalid.class,
        "501 layers, at most 500");
  }

  @Test
  void moreThanFourMebibytesAreTooMuch() {
    refused(
        "",
        "{'schemaVersion':2,'x':'" + "y".repeat(DocumentParser.MAX_BYTES) + "'}",
        Fault.Invalid.class,
        "larger than 4194304 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, foreign layers",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip, foreign layers",
    "application/vnd.oci.image.layer.v1.tar+gzip+encrypted, encrypted layers",
    "application/octet-stream, unknown type",
  })
  void layersWithoutContentForUsAreRefused(String type, String why) {
    Descriptor layer =
        new Descriptor(type, Digest.parse(DIGEST), 1, Map.of(), Optional.empty(), "");
    assertThatThrownBy(() -> Compression.of(layer))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({
    "amd64, v3, 'amd64/v1 amd64/v2 amd64/v4', amd64/v2",
    "amd64, v3, 'amd64/ amd64/v4', amd64/",
    "amd64, v1, 'amd64/v2', ''",
    "amd64, v2, 'arm64/v8 amd64/ amd64/v2', amd64/v2",
    "arm64, v8, 'amd64/ arm64/', arm64/",
    "arm64, v8, 'arm64/v8 arm64/v9', arm64/v8",
  })
  void theBestVariantIsChosen(String arch, String variant, String offered, String best) {
    PlatformChoice choice = new PlatformChoice(new Platform("linux", arch, variant));
    List<Descriptor> manifests =
        List.of(offered.split(" ", -1)).stream().map(DocumentParserTest::entry).toList();
    if (best.isEmpty()) {
      assertThatThrownBy(() -> choice.best("index", manifests))
          .isInstanceOf(Fault.Unsupported.class)
          .hasMessageContaining("nothing for linux/amd64");
    } else {
      assertThat(choice.best("index", manifests).platform()).isEqualTo(entry(best).platform());
    }
  }

  private static Descriptor entry(String platform) {
    String[] parts = platform.split("/", -1);
    return new Descriptor(
        MediaTypes.OCI_MANIFEST,
        Digest.parse(DIGEST),
        1,
        Map.of(),
        Optional.of(new Platform("linux", parts[0], parts[1])),
        "");
  }

  @Test
  void attestationsAreNoImages() {
    Descriptor attestation =
        new Descriptor(
            MediaTypes.OCI_MANIFEST,
            Digest.parse(DIGEST),
            1,
            Map.of("vnd.docker.reference.type", "attestation-manifest"),
            Optional.of(new Platform("unknown", "unknown", "")),
            "");
    PlatformChoice choice = new PlatformChoice(new Platform("linux", "amd64", "v1"));
    assertThat(choice.best("index", List.of(attestation, entry("amd64/"))).annotations()).isEmpty();
  }
}
