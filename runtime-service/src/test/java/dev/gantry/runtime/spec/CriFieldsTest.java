package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/cri-fields.md says of every field what is done with it, and of none that is not there. */
class CriFieldsTest {
  private static void collect(Descriptor message, String prefix, Set<String> fields) {
    for (FieldDescriptor field : message.getFields()) {
      String path = prefix + field.getName();
      if (field.getType() == FieldDescriptor.Type.MESSAGE && !field.isMapField()) {
        collect(field.getMessageType(), path + ".", fields);
      } else {
        fields.add(path);
      }
    }
  }

  private static void isDocumented(Descriptor message, int least) throws IOException {
    Set<String> fields = new TreeSet<>();
    collect(message, "", fields);
    assertThat(fields).hasSizeGreaterThan(least);
    String page = Files.readString(Path.of("../docs/cri-fields.md"));
    String begin = "## " + message.getName() + "\n";
    int at = page.indexOf(begin) + begin.length();
    int end = page.indexOf("\n## ", at);
    Set<String> documented = new TreeSet<>();
    for (String line : page.substring(at, end < 0 ? page.length() : end).split("\n", -1)) {
      String[] cells = line.split("\\|", -1);
      if (cells.length > 2) {
        for (MatchResult name :
            Pattern.compile("`([A-Za-z_.*]+)`").matcher(cells[1]).results().toList()) {
          assertThat(documented.add(name.group(1))).as(name.group(1) + " twice").isTrue();
        }
      }
    }
    for (String group : Set.copyOf(documented)) {
      if (group.endsWith(".*")) {
        String prefix = group.substring(0, group.length() - 1);
        documented.remove(group);
        fields.stream().filter(f -> f.startsWith(prefix)).forEach(documented::add);
      }
    }
    assertThat(documented).isEqualTo(fields);
  }

  @Test
  void ofPods() throws IOException {
    isDocumented(PodSandboxConfig.getDescriptor(), 40);
  }

  @Test
  void ofContainers() throws IOException {
    isDocumented(ContainerConfig.getDescriptor(), 60);
  }
}
