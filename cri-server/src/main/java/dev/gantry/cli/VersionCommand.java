package dev.gantry.cli;

import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code gantry version}: who answers at the endpoint. */
@Command(
    name = "version",
    description = "Print name and version of the runtime.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class VersionCommand implements Runnable {
  @ParentCommand private Gantry gantry;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      VersionResponse version = connection.runtime().version(VersionRequest.getDefaultInstance());
      System.out.printf(
          "%s %s, CRI %s%n",
          version.getRuntimeName(), version.getRuntimeVersion(), version.getRuntimeApiVersion());
    }
  }
}
