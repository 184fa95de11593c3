package dev.gantry.runtime.plan;

import dev.gantry.runtime.oci.OciRuntime;
import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.spec.GoldenFile;
import dev.gantry.runtime.spec.Inputs;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The golden config.json files of OciSpecBuilderTest, compiled. */
class GoldenPlanTest {
  private static OciSpec golden(String name) throws IOException {
    return OciJson.read(Files.readString(Path.of("src/test/resources/golden", name)));
  }

  private static void compiles(String name, int cgroupVersion) throws IOException {
    LaunchContext context = context(cgroupVersion);
    GoldenFile.matches(
        name + ".plan", PlanCompiler.compile(golden(name + ".config.json"), context).explain());
  }

  private static LaunchContext context(int cgroupVersion) {
    List<String> directories =
        cgroupVersion == 1
            ? List.of(
                "/sys/fs/cgroup/devices/kubepods/podu-1/c1",
                "/sys/fs/cgroup/memory/kubepods/podu-1/c1")
            : List.of("/sys/fs/cgroup/kubepods/podu-1/c1");
    return new LaunchContext(
        new LaunchContext.Bundle("c1", "/run/gantry/pods/pod1/c1"),
        new LaunchContext.Overlay(
            "/run/gantry/containers/c1/rootfs",
            "/var/lib/gantry/containers/c1/upper",
            "/var/lib/gantry/containers/c1/work",
            List.of("/var/lib/gantry/layers/b", "/var/lib/gantry/layers/a")),
        new LaunchContext.Volumes(List.of("/data"), true),
        cgroupVersion,
        directories,
        directories.getLast() + "/memory.events",
        Inputs.SHM,
        77,
        false,
        16384,
        new SeccompCompiler.Program("00ff", 0));
  }

  @Test
  void whatTheKubeletUsuallySends() throws IOException {
    compiles("usual", 2);
  }

  @Test
  void theLeastThereIs() throws IOException {
    compiles("least", 1);
  }

  @Test
  void inAUserNamespace() throws IOException {
    compiles("mapped", 2);
  }

  @Test
  void privileged() throws IOException {
    compiles("privileged", 2);
  }

  @Test
  void byAnExternalRuntime() throws IOException {
    OciRuntime runtime =
        new OciRuntime("runc", Path.of("/sbin/runc"), Path.of("/run/runc"), List.of("--debug"));
    OciRuntime.Call call = new OciRuntime.Call(Path.of("/run/gantry/pods/pod1/c1"), "runtime");
    GoldenFile.matches(
        "external.plan",
        OciPlan.start(runtime, call, golden("privileged.config.json"), context(2)).explain()
            + OciPlan.exec(runtime, call, "c1", true).explain());
  }

  @Test
  void inAUserNamespaceByAnExternalRuntime() throws IOException {
    OciRuntime runtime =
        new OciRuntime("runc", Path.of("/sbin/runc"), Path.of("/run/runc"), List.of());
    Path bundle = Path.of("/run/gantry/pods/pod1/c1");
    OciSpec spec = golden("mapped.config.json");
    GoldenFile.matches(
        "external-mapped.plan",
        OciPlan.start(runtime, new OciRuntime.Call(bundle, "runtime"), spec, context(2)).explain());
    GoldenFile.matches(
        "external-mapped.config.json", OciJson.write(MappedBundle.of(spec, bundle).spec()));
  }
}
