package dev.gantry.image.layer;

import dev.gantry.linux.Fault;
import dev.gantry.linux.RawName;
import java.util.ArrayList;
import java.util.List;

/** Paths in archives and links: raw names joined by slashes, relative to the image's root. */
final class RawPath {
  /** PATH_MAX without the NUL: what no container could name needs no place. */
  private static final int MAX = 4095;

  private static final int MAX_NAME = 255;

  private RawPath() {}

  /** The names of a path, without empty ones and {@code .}. */
  static List<String> components(String path) {
    List<String> names = new ArrayList<>();
    int start = 0;
    while (start <= path.length()) {
      int end = path.indexOf('/', start);
      if (end < 0) {
        end = path.length();
      }
      String name = path.substring(start, end);
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
      start = end + 1;
    }
    return names;
  }

  /**
   * A member's name as a clean relative path, empty for the root. A leading slash is dropped as
   * tar(1) does.
   *
   * @throws Fault.Invalid when it leads out of the root, or is too long
   */
  static String normal(String path) {
    if (isNormal(path)) {
      return path;
    }
    List<String> clean = new ArrayList<>();
    for (String name : components(path)) {
      if (!name.equals("..")) {
        clean.add(name);
      } else if (clean.isEmpty()) {
        throw new Fault.Invalid("path %s: leads out of the image".formatted(show(path)));
      } else {
        clean.removeLast();
      }
      if (name.length() > MAX_NAME) {
        throw new Fault.Invalid("path %s: name longer than 255 bytes".formatted(show(path)));
      }
    }
    if (path.length() > MAX) {
      throw new Fault.Invalid("path %s: longer than %d bytes".formatted(show(path), MAX));
    }
    return String.join("/", clean);
  }

  /** A quick look that spares most names the work. */
  private static boolean isNormal(String path) {
    int length = path.length();
    if (length == 0 || length > MAX_NAME || path.charAt(0) == '/' || path.charAt(0) == '.') {
      return false;
    }
    return path.charAt(length - 1) != '/' && !path.contains("//") && !path.contains("/.");
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  static String child(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  static boolean isWithin(String path, String directory) {
    return directory.isEmpty()
        || path.equals(directory)
        || (path.startsWith(directory) && path.charAt(directory.length()) == '/');
  }

  /** For messages: what can be read, and not too much of it. */
  static String show(String path) {
    String shown = RawName.show(path);
    return shown.length() > 200 ? shown.substring(0, 200) + "..." : shown;
  }
}
