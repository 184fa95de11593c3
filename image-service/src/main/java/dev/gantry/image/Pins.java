package dev.gantry.image;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which images the kubelet must not collect. A pattern is an exact name, a beginning ended by
 * {@code *}, or a keyword between two {@code *}; it is compared with the full names of images and
 * with what people shorten them to.
 */
final class Pins {
  private final List<Pattern> patterns;

  Pins(List<String> patterns) {
    this.patterns = patterns.stream().map(Pins::compile).toList();
  }

  private static Pattern compile(String glob) {
    StringBuilder regex = new StringBuilder();
    for (String part : glob.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return Pattern.compile(regex.toString());
  }

  boolean match(List<String> tags, List<String> digests) {
    return Stream.concat(tags.stream(), digests.stream())
        .flatMap(Pins::spellings)
        .anyMatch(name -> patterns.stream().anyMatch(p -> p.matcher(name).matches()));
  }

  private static Stream<String> spellings(String name) {
    Stream.Builder<String> all = Stream.builder();
    all.add(name);
    String bare = name.replaceFirst("@.*$", "");
    String untagged = bare.replaceFirst(":[^:/]*$", "");
    all.add(bare).add(untagged);
    for (String prefix : List.of("docker.io/library/", "docker.io/")) {
      if (name.startsWith(prefix)) {
        all.add(name.substring(prefix.length()));
        all.add(untagged.substring(prefix.length()));
      }
    }
    return all.build();
  }
}
