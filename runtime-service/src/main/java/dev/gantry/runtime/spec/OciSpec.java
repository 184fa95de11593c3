package dev.gantry.runtime.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container as the OCI runtime specification writes it down ({@code config.json}): what people
 * read, what hooks get, what an external runtime is given, and what {@code PlanCompiler} compiles.
 * Absent lists and maps are empty ones.
 */
public record OciSpec(
    String ociVersion,
    OciProcess process,
    Root root,
    @Nullable String hostname,
    @Nullable String domainname,
    List<OciMount> mounts,
    @Nullable OciHooks hooks,
    Map<String, String> annotations,
    OciLinux linux) {

  /**
   * The version of the specification that is written: the oldest with all that is used. Some
   * runtimes refuse a newer one than they know (crun before 1.9).
   */
  public static final String VERSION = "1.0.2";

  public OciSpec {
    mounts = Absent.list(mounts);
    annotations = Absent.map(annotations);
  }

  /** The directory that becomes {@code /}. */
  public record Root(String path, boolean readonly) {}

  public OciSpec withProcess(OciProcess changed) {
    return new OciSpec(
        ociVersion, changed, root, hostname, domainname, mounts, hooks, annotations, linux);
  }

  public OciSpec withRoot(Root changed) {
    return new OciSpec(
        ociVersion, process, changed, hostname, domainname, mounts, hooks, annotations, linux);
  }

  public OciSpec withMounts(List<OciMount> changed) {
    return new OciSpec(
        ociVersion, process, root, hostname, domainname, changed, hooks, annotations, linux);
  }

  public OciSpec withHooks(OciHooks changed) {
    return new OciSpec(
        ociVersion, process, root, hostname, domainname, mounts, changed, annotations, linux);
  }

  public OciSpec withLinux(OciLinux changed) {
    return new OciSpec(
        ociVersion, process, root, hostname, domainname, mounts, hooks, annotations, changed);
  }
}
