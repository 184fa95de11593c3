package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageReferenceTest {
  private static final String DIGEST =
      "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox:latest",
    "busybox:1.36, docker.io/library/busybox:1.36",
    "library/busybox, docker.io/library/busybox:latest",
    "org/app, docker.io/org/app:latest",
    "docker.io/busybox, docker.io/library/busybox:latest",
    "index.docker.io/busybox:x, docker.io/library/busybox:x",
    "localhost/app, localhost/app:latest",
    "localhost:5000/app, localhost:5000/app:latest",
    "host:5000/a/b:v1, host:5000/a/b:v1",
    "registry.k8s.io/pause:3.10, registry.k8s.io/pause:3.10",
    "[::1]:5000/app:v1, '[::1]:5000/app:v1'",
    "[2001:db8::1]/app, '[2001:db8::1]/app:latest'",
    "Upper/app, Upper/app:latest",
    "a__b/c-d--e.f, docker.io/a__b/c-d--e.f:latest",
  })
  void isNormalised(String written, String full) {
    assertThat(ImageReference.parse(written)).hasToString(full);
    assertThat(ImageReference.parse(full)).hasToString(full);
  }

  @Test
  void aDigestNamesBetterThanATag() {
    ImageReference both = ImageReference.parse("app:v1@" + DIGEST);
    assertThat(both).hasToString("docker.io/library/app:v1@" + DIGEST);
    assertThat(both.version()).isEqualTo(DIGEST);
    assertThat(both.repoTag()).isEmpty();
    assertThat(ImageReference.parse("app@" + DIGEST).tag()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'', empty",
    "app:, is not 1 to 128",
    "app:-v1, is not 1 to 128",
    "App, must be lower case",
    "a//b, has an empty component",
    "a/, has an empty component",
    "/a, has an empty component",
    "host.io:0/a, port 0 is not",
    "host.io:99999/a, port 99999 is not",
    "host.io:x/a, is no host name",
    "ho_st.io/a, is no host name",
    "a@sha256:12, want 64 lower case hex digits",
    "a@md5:12, unknown algorithm",
    "a@latest, want algorithm:hex",
    "a b, is not a-z",
    "a_-b, is not a-z",
    "http://host/a, is no host name",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, are an image id",
  })
  void whatIsWrongIsNamed(String written, String why) {
    assertThatThrownBy(() -> ImageReference.parse(written))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("image reference")
        .hasMessageContaining(why);
  }

  @Test
  void namesAreNoLongerThan255() {
    assertThatThrownBy(() -> ImageReference.parse("a".repeat(256)))
        .hasMessageContaining("longer than 255");
  }
}
