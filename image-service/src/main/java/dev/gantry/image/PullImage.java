package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.manifest.ConfigDocument;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Document;
import dev.gantry.image.manifest.Document.Index;
import dev.gantry.image.manifest.Document.Manifest;
import dev.gantry.image.manifest.DocumentParser;
import dev.gantry.image.manifest.PlatformChoice;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.Repository;
import dev.gantry.image.registry.Repository.ManifestBytes;
import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings an image from its registry onto this node. Pulls of the same by the same join; an
 * interrupted one stops at once, and leaves nothing when nobody else waits for it.
 */
public final class PullImage {
  /** An index may lead to an index; a loop cannot be built of digests, a long chain can. */
  private static final int MAX_INDEXES = 4;

  private static final String REGISTRY_UNAVAILABLE = "RegistryUnavailable: ";

  private final RegistryClient registries;
  private final ImageStore images;
  private final SignatureCheck signatures;
  private final BringImage bring;
  private final PullArtifact artifacts;
  private final PlatformChoice platforms;
  private final Transfers transfers = new Transfers();
  private final Flights<Key, Image> flights = new Flights<>("pull");

  private record Key(ImageReference reference, RegistryAuth auth) {}

  /** What a name led to. */
  private record Resolved(Digest named, Digest manifestDigest, Manifest manifest) {}

  PullImage(
      RegistryClient registries,
      ImageStore images,
      SignatureCheck signatures,
      BringImage bring,
      PullArtifact artifacts,
      PlatformChoice platforms) {
    this.registries = registries;
    this.images = images;
    this.signatures = signatures;
    this.bring = bring;
    this.artifacts = artifacts;
    this.platforms = platforms;
  }

  /**
   * Pulls an image.
   *
   * @throws Fault.Invalid when what is there is wrong, or harmful
   * @throws Fault.Unsupported when it is for other machines, or of a kind not known
   * @throws Fault.Unavailable beginning with {@code RegistryUnavailable}
   * @throws Fault.Cancelled when this thread is interrupted
   */
  public Image run(ImageReference reference, RegistryAuth auth) {
    try {
      return flights.join(new Key(reference, auth), () -> watched(reference, auth));
    } catch (Fault.Unavailable e) {
      throw unavailable(e);
    }
  }

  /** The kubelet looks for the word at the beginning, wherever it happened. */
  private static Fault unavailable(Fault.Unavailable e) {
    String text = String.valueOf(e.getMessage());
    return new Fault.Unavailable(REGISTRY_UNAVAILABLE + text.replace(REGISTRY_UNAVAILABLE, ""), e);
  }

  Transfers transfers() {
    return transfers;
  }

  /** Ends all pulls that run. */
  void close() {
    flights.close();
  }

  private Image watched(ImageReference reference, RegistryAuth auth) throws InterruptedException {
    return Stage.of("pull", reference.toString()).call(() -> pull(reference, auth));
  }

  private Image pull(ImageReference reference, RegistryAuth auth) throws InterruptedException {
    Repository repository = registries.open(reference.registry(), reference.repository(), auth);
    Resolved resolved = Stage.of("pull.manifest").call(() -> resolve(reference, repository));
    Stage.of("pull.signatures")
        .run(
            () ->
                signatures.run(reference, repository, resolved.named(), resolved.manifestDigest()));
    Manifest manifest = resolved.manifest();
    BlobSource blobs = blob -> transfers.watch(reference, blob, repository.open(blob));
    List<String> names = names(reference, resolved);
    if (!manifest.isImage()) {
      Digest digest = resolved.manifestDigest();
      Optional<Image> known = images.addNames(ImageId.of(digest), names);
      return known.isPresent()
          ? known.get()
          : artifacts.run(reference, blobs, manifest, digest, names);
    }
    ImageId id = ImageId.of(manifest.config().digest());
    Optional<Image> known = images.addNames(id, names);
    if (known.isPresent()) {
      return known.get();
    }
    String json = new String(repository.blob(manifest.config(), ConfigDocument.MAX_BYTES), UTF_8);
    BringImage.Parts parts =
        new BringImage.Parts(
            "pull " + reference,
            json,
            resolved.manifestDigest(),
            manifest.annotations(),
            manifest.layers(),
            names);
    return bring.run(id, parts, blobs);
  }

  private static List<String> names(ImageReference reference, Resolved resolved) {
    List<String> names = new ArrayList<>();
    names.add(reference.repoDigest(resolved.named()));
    reference.repoTag().ifPresent(names::add);
    return names;
  }

  private Resolved resolve(ImageReference reference, Repository repository)
      throws InterruptedException {
    ManifestBytes top = repository.manifest(reference.version());
    ManifestBytes at = top;
    for (int i = 0; i <= MAX_INDEXES; i++) {
      String name = "manifest " + reference.repoDigest(at.digest());
      Document document = DocumentParser.parse(name, at.mediaType(), at.content());
      switch (document) {
        case Manifest manifest -> {
          return new Resolved(top.digest(), at.digest(), manifest);
        }
        case Index index ->
            at = repository.manifest(platforms.best(name, index.manifests()).digest().toString());
      }
    }
    throw new Fault.Invalid(
        "pull %s: more than %d indexes in a row".formatted(reference, MAX_INDEXES));
  }
}
