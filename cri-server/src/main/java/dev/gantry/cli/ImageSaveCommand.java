package dev.gantry.cli;

import dev.gantry.cri.admin.v1.SaveRequest;
import java.io.Console;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image save}. */
@Command(
    name = "save",
    description =
        "Save images in one archive that both docker load and readers of OCI archives take.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageSaveCommand implements Runnable {
  @ParentCommand private ImageCommand parent;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Archive to write; - for standard output.")
  private String output;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Reference or id.")
  private List<String> images;

  @Override
  public void run() {
    try (Connection connection = parent.connect()) {
      if (output.equals("-")) {
        piped(connection);
      } else {
        save(connection, Path.of(output).toAbsolutePath());
      }
    }
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 has none where standard input is no terminal
  private void piped(Connection connection) {
    Console console = System.console();
    if (console != null && console.isTerminal()) {
      throw new Problem("save: an archive is nothing for a terminal");
    }
    try (HostPipe pipe = new HostPipe()) {
      Thread passing = pipe.drain(System.out);
      save(connection, pipe.path());
      passing.join();
    } catch (InterruptedException e) {
      throw new Problem("save: interrupted", e);
    }
  }

  private void save(Connection connection, Path to) {
    SaveRequest request =
        SaveRequest.newBuilder().setPath(to.toString()).addAllImages(images).build();
    var _ = connection.imageAdmin().save(request);
  }
}
