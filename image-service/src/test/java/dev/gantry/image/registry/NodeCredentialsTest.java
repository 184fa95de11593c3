package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeCredentialsTest {
  @TempDir private Path dir;

  private NodeCredentials written(String json) throws IOException {
    Path file = dir.resolve("auth.json");
    Files.writeString(file, json);
    return new NodeCredentials(List.of(dir.resolve("missing.json"), file));
  }

  @Test
  void theClosestNameCounts() throws IOException {
    NodeCredentials known =
        written(
            """
            {"auths": {
              "r.example:5000": {"auth": "YTpB"},
              "r.example:5000/team": {"auth": "YjpC"},
              "r.example:5000/team/app": {"username": "c", "password": "C"},
              "https://index.docker.io/v1/": {"auth": "ZDpEOng=", "email": "d@example"},
              "tokens.example": {"auth": "", "identitytoken": "refresh"}
            }, "credsStore": "desktop"}
            """);
    assertThat(known.of("r.example:5000", "x")).isEqualTo(RegistryAuth.basic("a", "A"));
    assertThat(known.of("r.example:5000", "team/y")).isEqualTo(RegistryAuth.basic("b", "B"));
    assertThat(known.of("r.example:5000", "team/app")).isEqualTo(RegistryAuth.basic("c", "C"));
    assertThat(known.of("docker.io", "library/x")).isEqualTo(RegistryAuth.basic("d", "D:x"));
    assertThat(known.of("tokens.example", "x").identityToken()).isEqualTo("refresh");
    assertThat(known.of("other.example", "x").isNone()).isTrue();
  }

  @Test
  void mistakesNameTheFileAndNoSecret() throws IOException {
    for (String json :
        List.of(
            "{\"auths\": {\"r\": {\"auth\": s3cret}}}",
            "s3cret",
            "{\"auths\": {\"r\": {\"auth\": \"s3cret%\"}}}",
            "{\"auths\": {\"r\": {\"auth\": \"czNjcmV0\"}}}")) {
      NodeCredentials known = written(json);
      assertThatThrownBy(() -> known.of("r", "x"))
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageContaining("auth.json: ")
          .hasMessageNotContaining("s3cret");
    }
  }
}
