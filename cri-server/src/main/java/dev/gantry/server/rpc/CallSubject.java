package dev.gantry.server.rpc;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;

/**
 * What a request or response is about, for the log: a container's id, else the name of what is to
 * be made, else a pod's id, else an image. Only these fields are read, so no secret can slip
 * through.
 */
final class CallSubject {
  private static final List<List<String>> PATHS =
      List.of(
          List.of("container_id"),
          List.of("config", "metadata", "name"),
          List.of("pod_sandbox_id"),
          List.of("image", "image"),
          List.of("image_ref"));

  private CallSubject() {}

  /** The subject of {@code message}; empty when it has none. */
  static String of(Object message) {
    if (message instanceof Message proto) {
      for (List<String> path : PATHS) {
        String value = value(proto, path);
        if (!value.isEmpty()) {
          return value;
        }
      }
    }
    return "";
  }

  private static String value(Message message, List<String> path) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(path.getFirst());
    if (field == null || field.isRepeated()) {
      return "";
    }
    Object value = message.getField(field);
    return switch (value) {
      case Message inner when path.size() > 1 -> value(inner, path.subList(1, path.size()));
      case String text when path.size() == 1 -> text;
      default -> "";
    };
  }
}
