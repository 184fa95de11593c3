package dev.gantry.cli;

import dev.gantry.cri.admin.v1.LoadRequest;
import dev.gantry.cri.admin.v1.LoadResponse;
import dev.gantry.cri.admin.v1.NamedImage;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image load}. */
@Command(
    name = "load",
    description = "Load the images of a docker or OCI archive, plain, gzip or zstd.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageLoadCommand implements Runnable {
  @ParentCommand private ImageCommand parent;

  @Option(
      names = {"-n", "--name"},
      defaultValue = "",
      paramLabel = "NAME",
      description = "For the only image in it, instead of its own.")
  private String name;

  @Parameters(paramLabel = "PATH", description = "Archive or directory; - for standard input.")
  private String path;

  @Override
  public void run() {
    try (Connection connection = parent.connect()) {
      if (path.equals("-")) {
        try (HostPipe pipe = new HostPipe()) {
          pipe.feed(System.in);
          load(connection, pipe.path());
        }
      } else {
        load(connection, Path.of(path).toAbsolutePath());
      }
    }
  }

  private void load(Connection connection, Path from) {
    LoadResponse response =
        connection
            .imageAdmin()
            .load(LoadRequest.newBuilder().setPath(from.toString()).setName(name).build());
    for (NamedImage image : response.getImagesList()) {
      System.out.println(image.getId());
    }
  }
}
