package dev.gantry.image.registry;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.DocumentParser;
import dev.gantry.image.manifest.MediaTypes;
import dev.gantry.image.registry.HostFailure.Kind;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** One repository of a registry, wherever its content comes from. */
public final class Repository {
  private final String name;
  private final String path;
  private final List<RegistryHost> hosts;
  private final HostCall call;
  private final Transport transport;
  private final HostHealth health;
  private final StallWatch watch;
  private final Semaphore partBudget;

  /**
   * @param name with the registry, for messages
   * @param path in the registry
   * @param partBudget how many parts of large blobs may be in memory at once, of all repositories
   */
  Repository(
      String name,
      String path,
      List<RegistryHost> hosts,
      HostCall call,
      Transport transport,
      HostHealth health,
      StallWatch watch,
      Semaphore partBudget) {
    this.partBudget = partBudget;
    this.name = name;
    this.path = path;
    this.hosts = List.copyOf(hosts);
    this.call = call;
    this.transport = transport;
    this.health = health;
    this.watch = watch;
  }

  /** A manifest or index, its bytes checked against {@code digest}. */
  public static final class ManifestBytes {
    private final Digest digest;
    private final String mediaType;
    private final byte[] content;

    ManifestBytes(Digest digest, String mediaType, byte[] content) {
      this.digest = digest;
      this.mediaType = mediaType;
      this.content = content;
    }

    public Digest digest() {
      return digest;
    }

    /** As the registry said, without parameters. */
    public String mediaType() {
      return mediaType;
    }

    public byte[] content() {
      return content;
    }
  }

  /** Asks one host. */
  @FunctionalInterface
  interface Ask<T> {
    T host(RegistryHost host) throws HostFailure, IOException, InterruptedException;
  }

  /**
   * Gets a manifest or an index.
   *
   * @param version a tag or a digest
   * @throws Fault.NotFound when no host has it
   * @throws Fault.Precondition when the hosts want other credentials
   * @throws Fault.Unavailable when hosts do not answer
   */
  public ManifestBytes manifest(String version) throws InterruptedException {
    boolean byDigest = version.indexOf(':') >= 0;
    Capability needed = byDigest ? Capability.PULL : Capability.RESOLVE;
    return ask(
        needed,
        "manifest " + name + (byDigest ? "@" : ":") + version,
        host -> manifest(host, version, byDigest));
  }

  private ManifestBytes manifest(RegistryHost host, String version, boolean byDigest)
      throws HostFailure, IOException, InterruptedException {
    HttpResponse<InputStream> response =
        call.get(host, "/" + path + "/manifests/" + version, Map.of("Accept", MediaTypes.ACCEPT));
    byte[] content = transport.small(response, DocumentParser.MAX_BYTES);
    Digest digest = byDigest ? Digest.parse(version) : Digest.sha256(content);
    if (!digest.matches(content)) {
      throw new HostFailure(Kind.WRONG, "content has another digest");
    }
    String type = response.headers().firstValue("content-type").orElse("");
    int parameters = type.indexOf(';');
    String plain = (parameters < 0 ? type : type.substring(0, parameters)).strip();
    return new ManifestBytes(digest, plain.toLowerCase(Locale.ROOT), content);
  }

  /** A blob that is small enough for memory, checked. */
  public byte[] blob(Descriptor descriptor, int max) throws InterruptedException {
    String what = "blob " + name + "@" + descriptor.digest();
    if (descriptor.size() > max) {
      throw new Fault.Invalid("%s: larger than %d bytes".formatted(what, max));
    }
    return ask(
        Capability.PULL,
        what,
        host -> {
          byte[] content = transport.small(call.get(host, blobPath(descriptor), Map.of()), max);
          if (content.length != descriptor.size()) {
            throw new HostFailure(
                Kind.WRONG, "%d bytes, not %d".formatted(content.length, descriptor.size()));
          }
          if (!descriptor.digest().matches(content)) {
            throw new HostFailure(Kind.WRONG, "content has another digest");
          }
          return content;
        });
  }

  /** A blob of any size; the reader checks it. Resumes after failures. */
  public InputStream open(Descriptor descriptor) {
    return descriptor.size() < PartedBlob.WORTH_IT
        ? new BlobStream(this, descriptor, watch)
        : new PartedBlob(this, descriptor, watch, partBudget);
  }

  HttpResponse<InputStream> blobFrom(
      RegistryHost host, Descriptor descriptor, long offset, long end)
      throws HostFailure, InterruptedException {
    boolean toTheEnd = end == descriptor.size();
    String range = "bytes=" + offset + "-" + (toTheEnd ? "" : String.valueOf(end - 1));
    Map<String, List<String>> headers =
        offset == 0 && toTheEnd ? Map.of() : Map.of("Range", List.of(range));
    return call.get(host, blobPath(descriptor), headers);
  }

  private String blobPath(Descriptor descriptor) {
    return "/" + path + "/blobs/" + descriptor.digest();
  }

  String name() {
    return name;
  }

  /** Asks the hosts one after the other, until one gives what is wanted. */
  <T> T ask(Capability needed, String what, Ask<T> ask) throws InterruptedException {
    return ask(needed, what, null, ask);
  }

  /**
   * As above.
   *
   * @param brokeOff the host that gave a part of it and then no more
   */
  <T> T ask(Capability needed, String what, @Nullable RegistryHost brokeOff, Ask<T> ask)
      throws InterruptedException {
    List<String> reasons = new ArrayList<>();
    List<Kind> kinds = new ArrayList<>();
    for (RegistryHost host : order(brokeOff)) {
      if (!host.capabilities().contains(needed)) {
        continue;
      }
      try {
        T answer = patiently(host, ask);
        health.worked(host);
        return answer;
      } catch (HostFailure e) {
        health.failed(host, e);
        reasons.add(host.name() + ": " + e.getMessage());
        kinds.add(e.kind());
        if (!host.isMirror() && e.kind() != Kind.UNAVAILABLE) {
          // The registry itself has spoken.
          throw verdict(what, reasons, List.of(e.kind()));
        }
      } catch (InterruptedIOException e) {
        throw new InterruptedException(what);
      }
    }
    throw verdict(what, reasons, kinds);
  }

  /** Asks one host, again when it says or seems to be better soon. */
  private static <T> T patiently(RegistryHost host, Ask<T> ask)
      throws HostFailure, InterruptedIOException, InterruptedException {
    Retries retries = new Retries();
    while (true) {
      HostFailure failure;
      try {
        return ask.host(host);
      } catch (HostFailure e) {
        failure = e;
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        failure = HostFailure.of(e, "");
      }
      if (!retries.again(failure)) {
        throw failure;
      }
    }
  }

  /** What broke off is tried again after the others; the registry itself keeps its place. */
  private List<RegistryHost> order(@Nullable RegistryHost brokeOff) {
    List<RegistryHost> order = new ArrayList<>(health.order(hosts));
    if (brokeOff != null && brokeOff.isMirror() && order.remove(brokeOff)) {
      order.add(brokeOff);
    } else if (brokeOff != null) {
      List<RegistryHost> registry = order.stream().filter(h -> !h.isMirror()).toList();
      order.removeAll(registry);
      order.addAll(registry);
    }
    return order;
  }

  private static Fault verdict(String what, List<String> reasons, List<Kind> kinds) {
    String text = "get " + what + ": " + String.join("; ", reasons);
    if (kinds.isEmpty()) {
      return new Fault.Invalid("get " + what + ": no host may be asked for it");
    }
    return switch (kinds.contains(Kind.UNAVAILABLE) ? Kind.UNAVAILABLE : kinds.getLast()) {
      case UNAVAILABLE -> new Fault.Unavailable("RegistryUnavailable: " + text);
      case DENIED ->
          new Fault.Precondition(
              "pull access denied: " + text + " (no such repository, or no right to it)");
      case ABSENT -> new Fault.NotFound(text + ": not found");
      case WRONG -> new Fault.Invalid(text);
    };
  }
}
