package dev.gantry.image.policy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where an image comes from: a transport of containers-policy.json(5) and a place in it. */
public sealed interface Origin {
  /** The word for it in the policy, such as {@code docker}. */
  String transport();

  /** The scopes it is in, the narrowest first; the last and empty one is the whole transport. */
  List<String> scopes();

  /**
   * A registry.
   *
   * @param name registry and repository
   * @param tag of the image; empty when it is named by digest
   */
  record Registry(String name, String tag) implements Origin {
    @Override
    public String transport() {
      return "docker";
    }

    @Override
    public List<String> scopes() {
      List<String> scopes = new ArrayList<>();
      if (!tag.isEmpty()) {
        scopes.add(name + ":" + tag);
      }
      String at = name;
      while (true) {
        scopes.add(at);
        int slash = at.lastIndexOf('/');
        if (slash < 0) {
          break;
        }
        at = at.substring(0, slash);
      }
      String host = at.replaceFirst(":[0-9]+$", "");
      for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
        scopes.add("*" + host.substring(dot));
      }
      scopes.add("");
      return scopes;
    }
  }

  /** What {@code docker save} writes; there is no place in that transport, only the whole of it. */
  record DockerArchive() implements Origin {
    @Override
    public String transport() {
      return "docker-archive";
    }

    @Override
    public List<String> scopes() {
      return List.of("");
    }
  }

  /**
   * An OCI image layout.
   *
   * @param transport {@code oci} for a directory, {@code oci-archive} for a tar of one
   * @param path of it, absolute and without links
   * @param tag that it gives the image, empty for none
   */
  record Layout(String transport, Path path, String tag) implements Origin {
    @Override
    public List<String> scopes() {
      List<String> scopes = new ArrayList<>();
      if (!tag.isEmpty()) {
        scopes.add(path + ":" + tag);
      }
      // The root is no scope: the transport's own default says the same.
      for (Path at = path; at != null && at.getNameCount() > 0; at = at.getParent()) {
        scopes.add(at.toString());
      }
      scopes.add("");
      return scopes;
    }
  }
}
