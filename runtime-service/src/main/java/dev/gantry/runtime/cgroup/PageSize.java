package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;

/** The name of a huge page size as it stands in file names, such as 2MB. */
final class PageSize {
  private PageSize() {}

  static String checked(String size) {
    if (!size.matches("[0-9]{1,6}[KMG]B")) {
      throw new Fault.Invalid(
          "linux.resources.hugepage_limits.page_size: \"%s\" is not like 2MB or 1GB"
              .formatted(size.replaceAll("\\p{Cntrl}", "?")));
    }
    return size;
  }
}
