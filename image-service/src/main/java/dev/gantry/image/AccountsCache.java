package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.layer.MergedFile;
import dev.gantry.linux.Fault;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Reads the accounts of each image once, from its layers, without mounting anything. */
final class AccountsCache {
  private final Map<ImageId, SoftReference<Accounts>> known = new ConcurrentHashMap<>();

  /**
   * @param layers of the image, top first
   */
  Accounts of(ImageId id, List<String> layers) {
    SoftReference<Accounts> cached = known.get(id);
    Accounts accounts = cached == null ? null : cached.get();
    if (accounts == null) {
      List<Path> paths = layers.stream().map(Path::of).toList();
      accounts = new Accounts(read(id, paths, "etc/passwd"), read(id, paths, "etc/group"));
      known.put(id, new SoftReference<>(accounts));
    }
    return accounts;
  }

  private static String read(ImageId id, List<Path> layers, String path) {
    try {
      byte[] content = MergedFile.read(layers, path, Accounts.MAX_BYTES).orElse(new byte[0]);
      return new String(content, UTF_8);
    } catch (Fault e) {
      throw e.within("image " + id);
    }
  }
}
