package dev.gantry.runtime.spec;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One mount, in the order of the list: a later one may cover an earlier one. {@code options} as
 * mount(8) writes them, those of the OCI specification added ({@code rro}, {@code ridmap} ...).
 */
public record OciMount(
    String destination,
    @Nullable String type,
    @Nullable String source,
    List<String> options,
    List<OciLinux.IdMapping> uidMappings,
    List<OciLinux.IdMapping> gidMappings) {

  public OciMount {
    options = Absent.list(options);
    uidMappings = Absent.list(uidMappings);
    gidMappings = Absent.list(gidMappings);
  }

  public OciMount(String destination, String type, String source, List<String> options) {
    this(destination, type, source, options, List.of(), List.of());
  }

  /** The same, its files' ids seen as in that user namespace. */
  OciMount mappedTo(UserMapping user) {
    if (user.isNone()) {
      return this;
    }
    List<String> more = new ArrayList<>(options);
    more.add("ridmap");
    return new OciMount(destination, type, source, more, user.uids(), user.gids());
  }

  /** Whether this makes an existing file or directory visible elsewhere. */
  @JsonIgnore
  public boolean isBind() {
    return "bind".equals(type) || options.contains("bind") || options.contains("rbind");
  }
}
