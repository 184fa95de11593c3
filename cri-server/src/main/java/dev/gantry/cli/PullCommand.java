package dev.gantry.cli;

import dev.gantry.cri.v1.AuthConfig;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry pull}. */
@Command(
    name = "pull",
    description = "Fetch images; prints their ids.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PullCommand implements Runnable {
  @ParentCommand private Gantry gantry;

  @Option(
      names = {"-u", "--user"},
      paramLabel = "NAME",
      description = "User at the registry; the password is the first line of standard input.")
  private @Nullable String user;

  @Option(
      names = {"-q", "--quiet"},
      description = "Do not tell how far the layers are.")
  private boolean quiet;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Reference by tag or digest.")
  private List<String> images;

  @Override
  public void run() {
    AuthConfig auth = auth();
    try (Connection connection = gantry.connect()) {
      for (String image : images) {
        System.out.println(pull(connection, image, auth));
      }
    }
  }

  private String pull(Connection connection, String image, AuthConfig auth) {
    if (quiet) {
      return Pull.pull(connection, image, auth);
    }
    try (PullProgress progress = new PullProgress(connection, image)) {
      String id = Pull.pull(connection, image, auth);
      progress.complete();
      return id;
    }
  }

  /** Never from an argument: every user of the machine can read those. */
  @SuppressWarnings("SystemConsoleNull") // JDK 25 has none where standard input is no terminal
  private AuthConfig auth() {
    if (user == null) {
      return AuthConfig.getDefaultInstance();
    }
    Console console = System.console();
    try {
      String password =
          console != null && console.isTerminal()
              ? new String(console.readPassword("Password: "))
              : new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                  .readLine();
      if (password == null) {
        throw new Problem("read password: standard input is empty");
      }
      return AuthConfig.newBuilder().setUsername(user).setPassword(password).build();
    } catch (IOException e) {
      throw new Problem("read password: " + e.getMessage(), e);
    }
  }
}
