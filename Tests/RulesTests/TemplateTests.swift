import Rules
import Testing

@Suite struct TemplateTests {
  private func expand(_ template: String, value: Double = 1.5) throws -> String {
    var data = TemplateData(labels: ["pool": "burst", "instance": "node-1:9100", "empty": ""], value: value)
    data.externalLabels = ["cluster": "prod"]
    data.externalURL = "http://prometheus"
    return try Template(template).expanded(data)
  }

  /// Templates with the value that they are expanded with, and what becomes of them; promtool is asked the same.
  static let table: [(template: String, value: Double, text: String)] = [
    ("no action", 1, "no action"), ("{{ $labels.pool }}/{{ .Labels.pool }}", 1, "burst/burst"),
    ("{{ $labels.nothing }}|", 1, "|"), ("{{ $value }}", 0.1, "0.1"), ("{{ .Value }}", 1e21, "1e+21"),
    ("{{ $value }}", 123_456_789, "1.23456789e+08"),
    ("a {{- \" b \" -}} c", 1, "a b c"), ("a{{/* nothing }} here */}}b", 1, "ab"),
    ("{{ if gt $value 1.0 }}high{{ else }}low{{ end }}", 2, "high"),
    ("{{ if gt $value 1.0 }}high{{ else }}low{{ end }}", 0.5, "low"),
    ("{{ if eq $labels.pool \"spot\" }}S{{ else if eq $labels.pool \"burst\" }}B{{ else }}?{{ end }}", 1, "B"),
    ("{{ with $labels.pool }}[{{ . }}]{{ end }}", 1, "[burst]"),
    ("{{ with $labels.none }}x{{ else }}y{{ end }}", 1, "y"),
    ("{{ $x := $labels.pool }}{{ $x | toUpper }}", 1, "BURST"), ("{{ title \"a small thing\" }}", 1, "A Small Thing"),
    (
      "{{ printf \"%.2f|%5.1f|%-6s|%06.2f|%d|%%|%q\" $value $value \"ab\" $value 7 \"c\" }}", 1.256,
      "1.26|  1.3|ab    |001.26|7|%|\"c\""
    ),
    ("{{ $value | printf \"%.1f\" }} {{ printf \"%v %g\" $value $value }}", 2.5, "2.5 2.5 2.5"),
    ("{{ printf \"%d\" $value }}", 1.5, "%!d(float64=1.5)"), ("{{ printf \"%e\" $value }}", 12_345.678, "1.234568e+04"),
    ("{{ printf \"%s and\" }}", 1, "%!s(MISSING) and"), ("{{ printf \"%+.1f\" $value }}", 1.25, "+1.2"),
    ("{{ match \"^bu\" $labels.pool }} {{ match \"x\" $labels.pool }}", 1, "true false"),
    ("{{ if and (gt $value 1.0) (not (eq $labels.pool \"spot\")) }}both{{ end }}", 2, "both"),
    ("{{ or $labels.none \"standard\" }}", 1, "standard"), ("{{ len $labels.pool }}", 1, "5"),
    ("{{ (printf \"%s-%s\" $labels.pool \"x\") | toUpper }}", 1, "BURST-X"),
    ("{{ $value | humanize }}", 0, "0"), ("{{ $value | humanize }}", 1_234_567, "1.235M"),
    ("{{ $value | humanize }}", 999, "999"), ("{{ $value | humanize }}", 0.00012, "120u"),
    ("{{ $value | humanize }}", -4_321, "-4.321k"), ("{{ $value | humanize }}", 1e-30, "1e-06y"),
    ("{{ $value | humanize }}", 1e30, "1e+06Y"), ("{{ $value | humanize1024 }}", 1_048_576, "1Mi"),
    ("{{ $value | humanize1024 }}", 0.5, "0.5"), ("{{ $value | humanize1024 }}", 5e9, "4.657Gi"),
    ("{{ $value | humanizePercentage }}", 0.95, "95%"), ("{{ $value | humanizePercentage }}", 0.123456, "12.35%"),
    ("{{ $value | humanizeDuration }}", 0, "0s"), ("{{ $value | humanizeDuration }}", 630, "10m 30s"),
    ("{{ $value | humanizeDuration }}", 59.5, "59.5s"), ("{{ $value | humanizeDuration }}", 0.0123, "12.3ms"),
    ("{{ $value | humanizeDuration }}", 90_061, "1d 1h 1m 1s"), ("{{ $value | humanizeDuration }}", 3_600, "1h 0m 0s"),
    ("{{ $value | humanizeDuration }}", -61, "-1m 1s"),
    (
      "{{ $value | humanizeTimestamp }}", 1_700_000_000.25,
      "2023-11-14 22:13:20.249 +0000 UTC"
    ),
    ("{{ humanizeDuration \"90\" }}", 1, "1m 30s"), ("{{ stripPort $labels.instance }}", 1, "node-1"),
  ]

  @Test(arguments: table.indices)
  func expands(index: Int) throws {
    let (template, value, text) = Self.table[index]
    #expect(try expand(template, value: value) == text)
  }

  @Test func knowsTheServersOwnLabelsAndAddress() throws {
    #expect(try expand("{{ $externalLabels.cluster }} {{ .ExternalLabels.cluster }}") == "prod prod")
    #expect(try expand("{{ $externalURL }} {{ externalURL }}") == "http://prometheus http://prometheus")
    #expect(try expand("{{ index $labels \"pool\" }}") == "burst")
    #expect(try expand("{{ $labels }}") == "map[empty: instance:node-1:9100 pool:burst]")
  }

  @Test(arguments: [
    ("{{ $value", "without \"}}\""), ("{{ $value | bytes }}", "\"bytes\" is not supported"),
    ("{{ range $x }}{{ end }}", "\"range\" is not supported"), ("{{ if $value }}", "without \"end\""),
    ("{{ end }}", "without a beginning"), ("{{ }}", "empty"), ("{{ \"a }}", "without \"}}\""),
    ("{{ $value 1 }}", "cannot be called"), ("{{ (1 }}", "without \")\""), ("{{ 1 | 2 }}", "only a function"),
    ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "second \"else\""), ("{{ 1x }}", "not understood"),
    (String(repeating: "{{ if 1 }}", count: 100), "deeper"), (String(repeating: "{{ ", count: 3), "without \"}}\""),
    ("{{ " + String(repeating: "(", count: 100) + "1 }}", "too deep"),
  ])
  func refusesWhatItDoesNotUnderstand(template: String, complaint: String) {
    let error = #expect(throws: RulesError.self) { _ = try Template(template) }
    #expect(error?.code == .template)
    #expect(error?.message.contains(complaint) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("{{ $nothing }}", "no variable"), ("{{ .Nothing }}", "there is no .Nothing"),
    ("{{ humanize \"x\" }}", "wants a number"), ("{{ humanize }}", "wants one argument"),
    ("{{ gt $value \"a\" }}", "one kind"), ("{{ gt $value 1 }}", "write e.g. 5.0"), ("{{ $value.x }}", "no field"),
    ("{{ match \"(\" \"a\" }}", "match"),
  ])
  func saysWhyItCannotBeCarriedOut(template: String, complaint: String) {
    let error = #expect(throws: RulesError.self) { _ = try expand(template) }
    #expect(error?.message.contains(complaint) == true, "\(error?.message ?? "")")
  }
}
