package dev.gantry.image;

import dev.gantry.image.layer.LayerUnpacker;
import dev.gantry.image.manifest.PlatformChoice;
import dev.gantry.image.policy.PolicyFile;
import dev.gantry.image.registry.NodeCredentials;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistryHosts;
import dev.gantry.image.store.ImageDirs;
import dev.gantry.image.store.LayerStore;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** Everything about images, wired. */
public final class ImageService implements AutoCloseable {
  private static final List<String> MIGRATIONS =
      Stream.concat(LayerStore.MIGRATIONS.stream(), ImageTables.MIGRATIONS.stream()).toList();

  private final ImageSettings settings;
  private final LayerStore layers;
  private final ImageStore images;
  private final RootfsStore rootfs;
  private final NodeCredentials credentials;
  private final RegistryClient registries;
  private final PullLayers pullLayers;
  private final PullImage pull;
  private final LoadImages load;
  private final SaveImages save;
  private final CheckImages check;
  private final DiskUsage diskUsage;
  private final AccountsCache accounts = new AccountsCache();

  private ImageService(ImageSettings settings, Database database) {
    this.settings = settings;
    ImageDirs dirs = new ImageDirs(settings.root());
    this.layers = new LayerStore(dirs, database);
    this.images = new ImageStore(database, layers, new Pins(settings.pinned()));
    this.rootfs = new RootfsStore(dirs, database, layers, images);
    layers.sweep();
    this.credentials = new NodeCredentials(settings.authFiles());
    this.registries =
        new RegistryClient(new RegistryHosts(settings.hostDirs()), InstantSource.system());
    LayerUnpacker unpacker = new LayerUnpacker(settings.limits());
    this.pullLayers = new PullLayers(layers, unpacker, settings.maxParallelDownloads());
    PlatformChoice platforms = new PlatformChoice(settings.platform());
    BringImage bring = new BringImage(images, pullLayers, platforms, InstantSource.system());
    SignatureCheck policy = new SignatureCheck(new PolicyFile(settings.policyFile()));
    this.pull =
        new PullImage(registries, images, policy, bring, new PullArtifact(dirs, bring), platforms);
    this.load = new LoadImages(dirs, bring, policy, platforms);
    this.save = new SaveImages(images, layers);
    this.check =
        new CheckImages(images, layers, new RepairLayer(registries, credentials, layers, unpacker));
    this.diskUsage = new DiskUsage(images, rootfs);
  }

  /** Opens the store and removes what a crash left. One process at a time may do so. */
  public static ImageService open(ImageSettings settings, Database database) {
    database.migrate("image", MIGRATIONS);
    return new ImageService(settings, database);
  }

  public ImageSettings settings() {
    return settings;
  }

  public ImageStore images() {
    return images;
  }

  public RootfsStore rootfs() {
    return rootfs;
  }

  public LoadImages load() {
    return load;
  }

  public SaveImages save() {
    return save;
  }

  public CheckImages check() {
    return check;
  }

  DiskUsage diskUsage() {
    return diskUsage;
  }

  int layerCount() {
    return layers.all().size();
  }

  /** The node's own credentials. */
  NodeCredentials credentials() {
    return credentials;
  }

  public PullImage pull() {
    return pull;
  }

  /**
   * The users and groups of an image.
   *
   * @throws Fault.NotFound when there is no such image
   */
  public Accounts accounts(ImageId id) {
    return accounts.of(id, rootfs.readOnlyLayersFor(id));
  }

  /** Bytes of layers that registries have sent since the start, again after a failure too. */
  public long receivedBytes() {
    return pull.transfers().receivedBytes();
  }

  /** Room that all layers take. */
  public Usage layerUsage() {
    return new Usage(layers.bytes(), layers.inodes());
  }

  /** Room that writable layers of containers take, as last measured. */
  public Usage writtenUsage() {
    return rootfs.lastUsage();
  }

  /** Ends pulls that run, and lets go of everything. */
  @Override
  public void close() {
    pull.close();
    pullLayers.close();
    registries.close();
    rootfs.close();
    layers.close();
  }
}
