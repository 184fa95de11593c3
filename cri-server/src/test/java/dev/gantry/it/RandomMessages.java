package dev.gantry.it;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Requests that are of the right shape and mostly wrong: made from the messages' descriptors, so
 * that no field is forgotten.
 */
final class RandomMessages {
  private static final int DEEPEST = 6;

  private final Random random;
  private final Words words;

  RandomMessages(Random random, Words words) {
    this.random = random;
    this.words = words;
  }

  Message of(Message prototype) {
    return message(prototype.getDescriptorForType(), prototype.newBuilderForType(), 0).build();
  }

  /** A request that would be served, but for a field or two. */
  Message damaged(Message valid) {
    Message.Builder builder = valid.toBuilder();
    damage(builder, 0);
    return builder.build();
  }

  private void damage(Message.Builder builder, int depth) {
    List<FieldDescriptor> fields = builder.getDescriptorForType().getFields();
    for (FieldDescriptor field : fields) {
      boolean inside =
          field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && !field.isRepeated()
              && (builder.hasField(field) || random.nextInt(8) == 0);
      if (inside && random.nextInt(20) != 0) {
        damage(builder.getFieldBuilder(field), depth + 1);
      } else if (random.nextInt(8 * fields.size()) == 0) {
        if (field.isRepeated()) {
          builder.addRepeatedField(field, value(field, builder, depth));
        } else {
          builder.setField(field, value(field, builder, depth));
        }
      }
    }
  }

  private Message.Builder message(Descriptor type, Message.Builder builder, int depth) {
    for (FieldDescriptor field : type.getFields()) {
      // Deep messages get thin, or one of a pod alone would be megabytes.
      if (random.nextInt(10) >= 8 - depth) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = random.nextInt(3); i > 0; i--) {
          builder.addRepeatedField(field, value(field, builder, depth));
        }
      } else {
        builder.setField(field, value(field, builder, depth));
      }
    }
    return builder;
  }

  private Object value(FieldDescriptor field, Message.Builder builder, int depth) {
    return switch (field.getJavaType()) {
      case INT -> (int) number();
      case LONG -> number();
      case FLOAT -> (float) random.nextGaussian();
      case DOUBLE -> random.nextGaussian();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> words.forField(field.getName().toLowerCase(Locale.ROOT));
      case BYTE_STRING -> ByteString.copyFromUtf8(words.forField(field.getName()));
      case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(5) - 1);
      case MESSAGE ->
          depth >= DEEPEST
              ? DynamicMessage.getDefaultInstance(field.getMessageType())
              : message(field.getMessageType(), builder.newBuilderForField(field), depth + 1)
                  .build();
    };
  }

  private long number() {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> Long.MAX_VALUE;
      case 3 -> Long.MIN_VALUE;
      case 4 -> random.nextInt(1000);
      default -> random.nextLong();
    };
  }

  /**
   * What strings to put where. Nothing here can hurt a node that takes it at its word, and what it
   * can make is below a directory and a cgroup of the test's.
   */
  static final class Words {
    /** In the directory: where somebody writes who goes up from wherever. */
    static final String ESCAPE = "escape";

    private static final List<String> ODD =
        List.of(
            "",
            ".",
            "..",
            "/",
            "a b",
            "%s%n%d",
            "\u0000",
            "line\nline",
            "\u202e\ud83d\ude00",
            "x".repeat(300),
            "y".repeat(70_000),
            "-rf",
            "$(reboot)",
            "0x7f",
            "18446744073709551616");

    private final Random random;
    private final Path dir;
    private final String cgroup;
    private final Supplier<List<String>> ids;

    /**
     * @param dir a directory, absolute: of all paths, but for a few that every node has
     * @param cgroup a cgroup's name at the top: of all parents of cgroups
     * @param ids those that exist
     */
    Words(Random random, Path dir, String cgroup, Supplier<List<String>> ids) {
      this.random = random;
      this.dir = dir;
      this.cgroup = cgroup;
      this.ids = ids;
    }

    String forField(String field) {
      if (field.equals("cgroup_parent")) {
        return cgroupParent();
      }
      if (random.nextInt(4) == 0) {
        return odd();
      }
      return switch (field) {
        case "container_id", "pod_sandbox_id", "id", "target_id" -> id();
        case "image", "user_specified_image" -> one(List.of(TestNode.IMAGE, "no/such:tag", "::"));
        case "command", "cmd" -> one(List.of("true", "sleep", "/nope"));
        case "args" -> one(List.of("1", "600"));
        case "host_path", "container_path" ->
            one(List.of(dir + "/volume", "/mnt", "relative", "/dev/null"));
        case "log_directory" -> one(List.of(dir + "/logs", "relative"));
        case "log_path" -> one(List.of("a.log", "sub/b.log", "../c.log"));
        case "runtime_handler" -> one(List.of("", "gantry", "nope"));
        case "hostname", "name", "namespace", "uid", "key" -> "n" + random.nextInt(50);
        default -> one(List.of("1", "a", "10.0.0.1", "default"));
      };
    }

    private String id() {
      List<String> known = ids.get();
      return known.isEmpty() ? "none" : one(known);
    }

    private String odd() {
      return switch (random.nextInt(ODD.size() + 2)) {
        case 0 -> "../".repeat(10) + dir.resolve(ESCAPE).toString().substring(1);
        case 1 -> dir + "/x/../volume";
        default -> one(ODD);
      };
    }

    /** A parent is its caller's to remove: each is one that the test knows, or refused. */
    private String cgroupParent() {
      String top = (random.nextBoolean() ? "/" : "") + cgroup;
      return switch (random.nextInt(6)) {
        case 0 -> "";
        case 1 -> one(List.of("..", "/..", ".", "/", cgroup + ".slice", cgroup + "/../../x"));
        case 2, 3 -> top + "/" + one(ODD);
        default -> top;
      };
    }

    private String one(List<String> of) {
      return of.get(random.nextInt(of.size()));
    }
  }
}
