package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.manifest.Json;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The node's own credentials, for pulls that bring none: files in the format of docker's {@code
 * config.json} and of containers-auth.json(5), read anew for each pull. Only {@code auths} counts;
 * credential helpers would be programs run as root for whatever name an image has.
 */
public final class NodeCredentials {
  private static final String DOCKER_HUB = "docker.io";

  private final List<Path> files;

  /**
   * @param files the first that has credentials counts; missing ones are fine
   */
  public NodeCredentials(List<Path> files) {
    this.files = List.copyOf(files);
  }

  /** Those for a repository; none where there are none. */
  public RegistryAuth of(String registry, String repository) {
    for (Path file : files) {
      byte[] content = read(file);
      if (content.length > 0) {
        Json auths = parse(file, content).child("auths");
        for (String key : keys(registry, repository)) {
          if (auths.has(key)) {
            return auth(file, key, auths.child(key));
          }
        }
      }
    }
    return RegistryAuth.none();
  }

  private static Json parse(Path file, byte[] content) {
    try {
      return Json.object(file.toString(), content);
    } catch (Fault.Invalid _) {
      // What the parser says could show a part of a credential.
      throw new Fault.Invalid(file + ": no JSON object");
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return new byte[0];
    } catch (IOException e) {
      throw new Fault.Precondition("read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** What may name the repository, the closest first. */
  private static List<String> keys(String registry, String repository) {
    List<String> keys = new ArrayList<>();
    String path = registry + "/" + repository;
    while (path.length() > registry.length()) {
      keys.add(path);
      path = path.substring(0, path.lastIndexOf('/'));
    }
    List<String> hosts =
        registry.equals(DOCKER_HUB)
            ? List.of(DOCKER_HUB, "index.docker.io", "registry-1.docker.io")
            : List.of(registry);
    for (String host : hosts) {
      for (String scheme : List.of("", "https://", "http://")) {
        for (String version : List.of("", "/", "/v1/", "/v2/", "/v1", "/v2")) {
          keys.add(scheme + host + version);
        }
      }
    }
    return keys;
  }

  private static RegistryAuth auth(Path file, String key, Json entry) {
    String user = "";
    String password = "";
    if (!entry.text("auth").isEmpty()) {
      String pair = decode(file, key, entry.text("auth"));
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new Fault.Invalid("%s: auths: %s: auth: no user:password".formatted(file, key));
      }
      user = pair.substring(0, colon);
      password = pair.substring(colon + 1);
    } else if (!entry.text("username").isEmpty()) {
      user = entry.text("username");
      password = entry.text("password");
    }
    return new RegistryAuth(
        "", user, password, entry.text("identitytoken"), entry.text("registrytoken"));
  }

  private static String decode(Path file, String key, String text) {
    try {
      return new String(Base64.getDecoder().decode(text.strip()), UTF_8).replaceFirst("\0+$", "");
    } catch (IllegalArgumentException e) {
      // Without the cause, which would show a part of it.
      throw new Fault.Invalid("%s: auths: %s: auth: no base64".formatted(file, key));
    }
  }
}
