package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.image.layer.Tars;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.MediaTypes;
import dev.gantry.image.manifest.Platform;
import dev.gantry.image.policy.SimpleSignature;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignaturePolicyTest {
  @TempDir private Path temp;
  private FakeRegistry registry;
  private Database database;
  private ImageService service;
  private Digest digest;
  private KeyPair keys;

  @BeforeEach
  void open() throws Exception {
    registry = new FakeRegistry();
    database = Database.open(temp.resolve("db"));
    service =
        ImageService.open(
            ImageSettings.defaults(temp.resolve("image"))
                .withHostDirs(List.of())
                .withPolicyFile(temp.resolve("policy.json"))
                .withPlatform(new Platform("linux", "amd64", "v2")),
            database);
    digest = registry.put("app", "v1", new TestImage().gzip(new Tars().file("a", "b").bytes()));
    keys = pair("EC", 256);
    Files.writeString(temp.resolve("key.pub"), pem(keys));
  }

  @AfterEach
  void close() {
    service.close();
    database.close();
    registry.close();
  }

  private static KeyPair pair(String algorithm, int size) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(size);
    return generator.generateKeyPair();
  }

  private static String pem(KeyPair pair) {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded()));
  }

  private void policy(String requirements) throws IOException {
    Files.writeString(
        temp.resolve("policy.json"),
        """
        {"default": [{"type": "reject"}],
         "transports": {"docker": {"%s/app": [%s]}}}
        """
            .formatted(registry.host(), requirements));
  }

  private String signedBy(String identity) {
    return "{\"type\": \"sigstoreSigned\", \"keyPath\": \"%s\"%s}"
        .formatted(
            temp.resolve("key.pub"),
            identity.isEmpty() ? "" : ", \"signedIdentity\": {\"type\": \"" + identity + "\"}");
  }

  /** As cosign leaves it in the registry. */
  private void sign(KeyPair pair, String algorithm, Digest signed, String name) throws Exception {
    byte[] payload =
        """
        {"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},\
        "type":"cosign container image signature"},"optional":null}
        """
            .formatted(name, signed)
            .getBytes(UTF_8);
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(pair.getPrivate());
    signature.update(payload);
    TestImage holder = new TestImage();
    ObjectNode layer = holder.descriptor(SimpleSignature.MEDIA_TYPE, payload);
    layer
        .putObject("annotations")
        .put(SimpleSignature.ANNOTATION, Base64.getEncoder().encodeToString(signature.sign()));
    ObjectNode manifest = new JsonMapper().createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest.set("config", holder.descriptor(MediaTypes.OCI_CONFIG, "{}".getBytes(UTF_8)));
    manifest.putArray("layers").add(layer);
    registry.put("scratch", "blobs", holder);
    registry.put(
        "app",
        digest.algorithm() + "-" + digest.hex() + ".sig",
        MediaTypes.OCI_MANIFEST,
        TestImage.bytes(manifest));
  }

  private Image pull(String rest) {
    return service
        .pull()
        .run(ImageReference.parse(registry.host() + "/" + rest), RegistryAuth.none());
  }

  private void refused(String rest, String why) {
    assertThatThrownBy(() -> pull(rest))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageStartingWith("SignatureValidationFailed: pull ")
        .hasMessageContaining(why);
    assertThat(service.images().list()).isEmpty();
  }

  @Test
  void withoutAPolicyEverythingIsAccepted() {
    assertThat(pull("app:v1").repoTags()).hasSize(1);
  }

  @Test
  void theNarrowestScopeCounts() throws Exception {
    policy("{\"type\": \"insecureAcceptAnything\"}");
    registry.put("other", "v1", new TestImage().gzip(new Tars().file("c", "d").bytes()));
    refused("other:v1", "the policy rejects it");
    assertThat(pull("app:v1").repoTags()).hasSize(1);
  }

  @Test
  void aSignatureByTheKeyIsAccepted() throws Exception {
    policy(signedBy("matchRepository"));
    refused("app:v1", "no signature in the registry");
    sign(keys, "SHA256withECDSA", digest, registry.host() + "/app");
    assertThat(pull("app:v1").repoTags()).hasSize(1);
  }

  @Test
  void otherKeysNamesAndImagesAreNot() throws Exception {
    policy(signedBy("matchRepository"));
    sign(pair("EC", 256), "SHA256withECDSA", digest, registry.host() + "/app");
    refused("app:v1", "a signature is by another key");
    sign(keys, "SHA256withECDSA", digest, registry.host() + "/else");
    refused("app:v1", "a signature is for " + registry.host() + "/else");
    sign(keys, "SHA256withECDSA", Digest.sha256(new byte[1]), registry.host() + "/app");
    refused("app:v1", "a signature is of another image");
    policy(signedBy(""));
    sign(keys, "SHA256withECDSA", digest, registry.host() + "/app");
    refused("app:v1", "a signature is for");
    assertThat(pull("app@" + digest).repoDigests()).hasSize(1);
  }

  @Test
  void keysOfRsaAndEd25519WorkToo() throws Exception {
    KeyPair rsa = pair("RSA", 2048);
    Files.writeString(temp.resolve("key.pub"), pem(rsa));
    policy(signedBy("matchExact"));
    sign(rsa, "SHA256withRSA", digest, registry.host() + "/app:v1");
    assertThat(pull("app:v1").repoTags()).hasSize(1);
    service.images().remove(registry.host() + "/app:v1");
    KeyPair ed = pair("Ed25519", 255);
    Files.writeString(temp.resolve("key.pub"), pem(ed));
    refused("app:v1", "a signature is by another key");
    sign(ed, "Ed25519", digest, registry.host() + "/app:v1");
    assertThat(pull("app:v1").repoTags()).hasSize(1);
  }

  @Test
  void whatCannotBeJudgedIsRefused() throws Exception {
    policy("{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": \"/k\"}");
    refused("app:v1", "the policy wants signedBy, which is not supported");
    policy("{\"type\": \"sigstoreSigned\", \"fulcio\": {}}");
    refused("app:v1", "sigstoreSigned with fulcio");
    policy("");
    refused("app:v1", "the policy rejects it");
    policy("{\"type\": \"sigstoreSigned\", \"keyPath\": \"/no/such/key\"}");
    assertThatThrownBy(() -> pull("app:v1"))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessageContaining("read key /no/such/key");
  }

  private void transports(String transports) throws IOException {
    Files.writeString(
        temp.resolve("policy.json"),
        "{\"default\": [{\"type\": \"reject\"}], \"transports\": {%s}}".formatted(transports));
  }

  private void loadRefused(Path archive, String why) {
    assertThatThrownBy(() -> service.load().run(archive, "app:v1"))
        .isInstanceOf(Fault.Precondition.class)
        .hasMessage("SignatureValidationFailed: load %s: %s".formatted(archive, why));
    assertThat(service.images().list()).isEmpty();
  }

  @Test
  void layoutsAreLoadedFromPlacesThatThePolicyNames() throws Exception {
    String accept = "[{\"type\": \"insecureAcceptAnything\"}]";
    Path layout = temp.toRealPath().resolve("of/team/layout");
    OciLayout.write(layout, "v1", new TestImage().plain(new Tars().file("a", "b").bytes()));
    transports("\"oci\": {\"%s:v2\": %s}".formatted(layout, accept));
    loadRefused(layout, "the policy rejects it");
    transports("\"oci-archive\": {\"\": %s}".formatted(accept));
    loadRefused(layout, "the policy rejects it");
    transports("\"oci\": {\"\": [%s]}".formatted(signedBy("exactRepository")));
    loadRefused(layout, "scope \"\": no signature in an archive");
    for (String scope : List.of(layout + ":v1", layout.toString(), temp + "/of", "")) {
      transports("\"oci\": {\"%s\": %s}".formatted(scope, accept));
      assertThat(service.load().run(layout, "app:v1")).hasSize(1);
      service.images().remove("app:v1");
    }
  }

  @Test
  void whatDockerSavedIsLoadedWhenThePolicySaysSo() throws Exception {
    Path archive = temp.resolve("saved.tar");
    Image pulled = pull("app:v1");
    var _ = service.save().run(List.of(pulled.id().value()), archive);
    service.images().remove(pulled.id().value());
    transports("\"docker\": {\"\": [{\"type\": \"insecureAcceptAnything\"}]}");
    loadRefused(archive, "the policy rejects it");
    transports("\"docker-archive\": {\"\": [{\"type\": \"insecureAcceptAnything\"}]}");
    assertThat(service.load().run(archive, "app:v1")).hasSize(1);
  }
}
