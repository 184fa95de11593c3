package dev.gantry.runtime.cdi;

import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device by its full name, {@code vendor.com/class=name}.
 *
 * @param kind {@code vendor.com/class}
 */
record DeviceName(String kind, String name) {
  private static final String ANNOTATION = "cdi.k8s.io/";
  private static final Pattern FORM =
      Pattern.compile(
          "([a-zA-Z](?:[\\w.-]*[a-zA-Z0-9])?/[a-zA-Z](?:[\\w-]*[a-zA-Z0-9])?)="
              + "([a-zA-Z0-9](?:[\\w.:-]*[a-zA-Z0-9])?)");

  /**
   * @param field that it came in
   */
  static DeviceName parse(String text, String field) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new Fault.Invalid(
          "%s: \"%s\" is no device: vendor/class=name is expected"
              .formatted(field, text.replaceAll("\\p{Cntrl}", "?")));
    }
    return new DeviceName(matcher.group(1), matcher.group(2));
  }

  /** Those of the field and of annotations, each once. */
  static List<DeviceName> of(List<String> field, Map<String, String> annotations) {
    Set<DeviceName> names = new LinkedHashSet<>();
    field.forEach(one -> names.add(parse(one, "config.CDI_devices.name")));
    new TreeMap<>(annotations)
        .forEach(
            (key, value) -> {
              if (key.startsWith(ANNOTATION)) {
                for (String one : value.split(",", -1)) {
                  names.add(parse(one.strip(), "config.annotations." + key));
                }
              }
            });
    return new ArrayList<>(names);
  }

  @Override
  public String toString() {
    return kind + "=" + name;
  }
}
