package dev.gantry.cni.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfTemplateTest {
  private static final Map<String, Object> DUAL =
      Map.of(
          ".PodCIDR", "10.1.0.0/24",
          ".PodCIDRRanges", List.of("10.1.0.0/24", "fd00:1::/64"),
          ".Routes", List.of("0.0.0.0/0", "::/0"));

  @Test
  void listsAreWrittenWithTheirSeparators() {
    String template =
        """
        "ranges": [{{range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$range}}"}]{{end}}],
        "routes": [{{ range $i, $r := .Routes }}{{ if $i }}, {{ end }}{"dst": "{{ $r }}"}{{ end }}]
        "first": "{{.PodCIDR}}"
        """;
    assertThat(ConfTemplate.render(template, DUAL))
        .isEqualTo(
            """
            "ranges": [[{"subnet": "10.1.0.0/24"}], [{"subnet": "fd00:1::/64"}]],
            "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]
            "first": "10.1.0.0/24"
            """);
  }

  @Test
  void textWithoutGapsStays() {
    assertThat(ConfTemplate.render("{\"a\": {\"b\": 1}}", DUAL)).isEqualTo("{\"a\": {\"b\": 1}}");
  }

  @Test
  void emptyListLeavesNothing() {
    assertThat(
            ConfTemplate.render(
                "[{{range $i, $r := .Routes}}{{if $i}},{{end}}{{$r}}{{end}}]",
                Map.of(".Routes", List.of())))
        .isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{.Nodes}}",
        "{{template \"x\"}}",
        "{{end}}",
        "{{range $i, $r := .Routes}}",
        "{{if $i}}x{{end}}"
      })
  void whatIsNotKnownIsRefused(String template) {
    assertThatThrownBy(() -> ConfTemplate.render(template, DUAL))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("conf template: {{");
  }
}
