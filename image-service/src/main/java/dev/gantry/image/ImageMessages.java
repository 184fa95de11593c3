package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.linux.Fault;
import java.util.Base64;
import java.util.stream.Stream;

/** Images and credentials as CRI writes them. */
final class ImageMessages {
  private static final JsonMapper JSON = new JsonMapper();

  private ImageMessages() {}

  static dev.gantry.cri.v1.Image image(Image image) {
    dev.gantry.cri.v1.Image.Builder message =
        dev.gantry.cri.v1.Image.newBuilder()
            .setId(image.id().value())
            .addAllRepoTags(image.repoTags())
            .addAllRepoDigests(image.repoDigests())
            .setSize(image.size())
            .setPinned(image.pinned())
            .setSpec(
                ImageSpec.newBuilder()
                    .setImage(image.id().value())
                    .putAllAnnotations(image.annotations()));
    String user = image.config().user().replaceFirst(":.*$", "");
    if (user.matches("[0-9]{1,10}")) {
      message.setUid(Int64Value.newBuilder().setValue(Long.parseLong(user)));
    } else {
      message.setUsername(user);
    }
    return message.build();
  }

  /** What crictl shows as {@code info}. */
  static String info(Image image) {
    try {
      ObjectNode info = JSON.createObjectNode();
      info.set("imageSpec", JSON.readTree(image.configJson()));
      info.put("manifest", image.manifest().toString());
      info.put("pulled", image.pulled().toString());
      var layers = info.putArray("layers");
      for (LayerRef layer : image.layers()) {
        layers
            .addObject()
            .put("diffID", layer.diffId().toString())
            .put("digest", layer.blob().map(Object::toString).orElse(""))
            .put("bytes", layer.bytes());
      }
      return JSON.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("image %s: info: %s".formatted(image.id(), e.getMessage()), e);
    }
  }

  /** Whether any name of the image is in that repository. */
  static boolean isOf(Image image, String repository) {
    return Stream.concat(image.repoTags().stream(), image.repoDigests().stream())
        .anyMatch(n -> n.startsWith(repository + ":") || n.startsWith(repository + "@"));
  }

  /** {@code auth} is base64 of {@code user:password} and serves where the two are not given. */
  static RegistryAuth auth(AuthConfig config) {
    String user = config.getUsername();
    String password = config.getPassword();
    if (user.isEmpty() && password.isEmpty() && !config.getAuth().isEmpty()) {
      String pair;
      try {
        // Docker clients have written NULs behind it.
        byte[] decoded = Base64.getDecoder().decode(config.getAuth().strip());
        pair = new String(decoded, UTF_8).replaceFirst("\0+$", "");
      } catch (IllegalArgumentException e) {
        throw new Fault.Invalid("auth: auth: no base64");
      }
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new Fault.Invalid("auth: auth: no user:password");
      }
      user = pair.substring(0, colon);
      password = pair.substring(colon + 1);
    }
    return new RegistryAuth(
        config.getServerAddress(),
        user,
        password,
        config.getIdentityToken(),
        config.getRegistryToken());
  }
}
