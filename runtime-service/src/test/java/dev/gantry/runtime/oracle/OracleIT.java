package dev.gantry.runtime.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our executor against crun. Needs root, crun and busybox. */
class OracleIT {
  @TempDir Path base;

  @Test
  void containersLookTheSameFromInside() throws Exception {
    Map<String, String> differences = new LinkedHashMap<>();
    assertThat(OracleCases.all(base)).hasSizeGreaterThanOrEqualTo(40);
    try (OraclePod pod = new OraclePod(base, OracleCases.pod().build())) {
      for (var one : OracleCases.all(pod.data()).entrySet()) {
        ContainerConfig cri =
            one.getValue()
                .clearCommand()
                .addCommand("sh")
                .addCommand("-c")
                .addCommand(Probe.SCRIPT)
                .build();
        Map<String, String> ours = Probe.sections(pod.ours(cri));
        Map<String, String> theirs = Probe.sections(pod.crun(cri));
        assertThat(ours).containsKey("end");
        assertThat(theirs).containsKey("end");
        theirs.forEach(
            (section, text) -> {
              String difference =
                  KnownDifference.remove(
                      section, Difference.of(ours.getOrDefault(section, ""), text));
              if (!difference.isEmpty()) {
                differences.put(one.getKey() + ": " + section, difference);
              }
            });
      }
    }
    assertThat(differences.entrySet().stream().map(e -> e.getKey() + "\n" + e.getValue()))
        .isEmpty();
  }
}
