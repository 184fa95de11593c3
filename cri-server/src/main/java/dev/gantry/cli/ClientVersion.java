package dev.gantry.cli;

import dev.gantry.server.Version;
import picocli.CommandLine.IVersionProvider;

/** The client's own version; {@code gantry version} asks the runtime. */
final class ClientVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"gantry " + Version.text()};
  }
}
