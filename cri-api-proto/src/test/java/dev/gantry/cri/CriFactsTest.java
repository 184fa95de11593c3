package dev.gantry.cri;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.gantry.cri.v1.CriProto;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Holds the compiled interface to the table of facts, in both directions: a name or number that is
 * in one and not in the other fails.
 */
class CriFactsTest {
  @Test
  void everyNameAndNumberIsAsInTheTableAndNothingElseIsThere() throws IOException {
    Set<String> facts = new TreeSet<>(readFacts());
    Set<String> compiled = new TreeSet<>(describe(CriProto.getDescriptor()));

    assertThat(compiled).containsExactlyInAnyOrderElementsOf(facts);
  }

  @Test
  void theTableIsTheWholeInterface() throws IOException {
    List<String> facts = readFacts();

    assertThat(facts).filteredOn(line -> line.startsWith("service ")).hasSize(43);
    assertThat(facts).filteredOn(line -> line.startsWith("message ")).hasSizeGreaterThan(500);
  }

  /** One line a fact: the block it stands in, then its own words. Empty messages give one line. */
  private static List<String> readFacts() throws IOException {
    List<String> facts = new ArrayList<>();
    try (InputStream in = CriFactsTest.class.getResourceAsStream("cri-v1.txt")) {
      assertThat(in).isNotNull();
      String block = "";
      for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        if (line.startsWith(" ")) {
          facts.add(block + ": " + line.strip());
        } else {
          block = line.strip();
          if (block.startsWith("message ")) {
            facts.add(block);
          }
        }
      }
    }
    return facts;
  }

  private static List<String> describe(FileDescriptor file) {
    List<String> facts = new ArrayList<>();
    for (ServiceDescriptor service : file.getServices()) {
      for (MethodDescriptor method : service.getMethods()) {
        facts.add(
            "service %s: %s %s %s%s"
                .formatted(
                    service.getName(),
                    method.getName(),
                    method.getInputType().getName(),
                    method.isServerStreaming() ? "stream " : "",
                    method.getOutputType().getName()));
      }
    }
    for (Descriptor message : file.getMessageTypes()) {
      facts.add("message " + message.getName());
      for (FieldDescriptor field : message.getFields()) {
        facts.add("message %s: %s".formatted(message.getName(), describe(field)));
      }
      message.getEnumTypes().forEach(type -> describe(message.getName() + ".", type, facts));
    }
    file.getEnumTypes().forEach(type -> describe("", type, facts));
    return facts;
  }

  private static void describe(String outer, EnumDescriptor type, List<String> facts) {
    type.getValues()
        .forEach(
            value ->
                facts.add(
                    "enum %s%s: %d %s"
                        .formatted(outer, type.getName(), value.getNumber(), value.getName())));
  }

  private static String describe(FieldDescriptor field) {
    String options = "";
    if (field.getOptions().getDeprecated()) {
      options += " [deprecated = true]";
    }
    if (field.getOptions().getDebugRedact()) {
      options += " [debug_redact = true]";
    }
    return "%d %s %s%s".formatted(field.getNumber(), type(field), field.getName(), options);
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      Descriptor entry = field.getMessageType();
      return "map<%s,%s>"
          .formatted(type(entry.findFieldByNumber(1)), type(entry.findFieldByNumber(2)));
    }
    String name =
        switch (field.getJavaType()) {
          case MESSAGE -> field.getMessageType().getName();
          case ENUM -> field.getEnumType().getName();
          default -> field.getType().name().toLowerCase(java.util.Locale.ROOT);
        };
    return field.isRepeated() ? "repeated " + name : name;
  }
}
