package dev.gantry.cli;

import dev.gantry.cri.admin.v1.CheckRequest;
import dev.gantry.cri.admin.v1.CheckedLayer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image check}: exits with 1 when something is broken and stays so. */
@Command(
    name = "check",
    description = "Compare the files of images with their digests.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageCheckCommand implements Callable<Integer> {
  @ParentCommand private ImageCommand parent;

  @Option(names = "--repair", description = "Pull anew the layers that are broken, no others.")
  private boolean repair;

  @Parameters(arity = "0..*", paramLabel = "IMAGE", description = "Reference or id; all if none.")
  private @Nullable List<String> images;

  private int layers;
  private int broken;
  private int repaired;
  private int unknown;

  @Override
  public Integer call() {
    CheckRequest.Builder request = CheckRequest.newBuilder().setRepair(repair);
    if (images != null) {
      request.addAllImages(images);
    }
    try (Connection connection = parent.connect()) {
      Iterator<CheckedLayer> checked = connection.imageAdmin().check(request.build());
      while (checked.hasNext()) {
        tell(checked.next());
      }
    }
    System.out.printf(
        "%d layers, %d broken%s%s%n",
        layers,
        broken,
        repair ? ", %d repaired".formatted(repaired) : "",
        unknown > 0 ? ", %d not to be checked".formatted(unknown) : "");
    return broken > repaired ? 1 : 0;
  }

  private void tell(CheckedLayer layer) {
    layers++;
    String name =
        "layer %s of %s".formatted(layer.getDiffId(), String.join(", ", layer.getImagesList()));
    if (!layer.getUnknown().isEmpty()) {
      unknown++;
      System.out.printf("%s: not checked: %s%n", name, layer.getUnknown());
    } else if (layer.getProblemsCount() > 0) {
      broken++;
      repaired += layer.getRepaired() ? 1 : 0;
      layer.getProblemsList().forEach(p -> System.out.printf("%s: %s%n", name, p));
      if (layer.getRepaired()) {
        System.out.printf("%s: repaired%n", name);
      } else if (!layer.getRepairFailed().isEmpty()) {
        System.out.printf("%s: not repaired: %s%n", name, layer.getRepairFailed());
      }
    }
  }
}
