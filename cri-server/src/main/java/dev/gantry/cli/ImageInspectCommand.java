package dev.gantry.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image inspect}. */
@Command(
    name = "inspect",
    description = "Print all about images, with their configs, as JSON.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageInspectCommand implements Runnable {
  @ParentCommand private ImageCommand parent;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Reference or id.")
  private List<String> images;

  @Override
  public void run() {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    try (Connection connection = parent.connect()) {
      images.forEach(image -> all.add(of(connection, image)));
    }
    System.out.println(ProtoJson.text(all));
  }

  /** An image as CRI shows it, its verbose information spread out. */
  static ObjectNode of(Connection connection, String image) {
    ImageStatusResponse response =
        connection
            .images()
            .imageStatus(
                ImageStatusRequest.newBuilder()
                    .setImage(Pull.spec(image))
                    .setVerbose(true)
                    .build());
    if (!response.hasImage()) {
      throw new Problem("no such image: " + image);
    }
    ObjectNode json = ProtoJson.of(response.getImage());
    response.getInfoMap().forEach((key, value) -> json.set(key, ProtoJson.embedded(value)));
    return json;
  }
}
