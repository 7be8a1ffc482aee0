extension ReportPage {
  /// Colours stand here once for light and once for dark; a test computes their contrast.
  static let lightColours = colours(
    paper: "#ffffff", ink: "#1b2127", muted: "#57606b", rule: "#d5d5ce", focus: "#1f5f8b",
    marks: ["#1f5f8b", "#b0480f", "#20734a", "#6646ac", "#a0246e", "#6b6b12", "#455a64", "#b02a2a"])
  static let darkColours = colours(
    paper: "#13161b", ink: "#e7eaee", muted: "#9ea8b4", rule: "#3a424e", focus: "#86c3ee",
    marks: ["#86c3ee", "#f0a95c", "#6fcf9c", "#bba6f5", "#f29bd0", "#d9d45c", "#b0bec5", "#ff948c"])

  private static func colours(
    paper: String, ink: String, muted: String, rule: String, focus: String, marks: [String]
  ) -> [(name: String, value: String)] {
    [("paper", paper), ("ink", ink), ("muted", muted), ("rule", rule), ("focus", focus)]
      + marks.enumerated().map { ("s\($0)", $1) }
  }

  private static func declared(_ colours: [(name: String, value: String)]) -> String {
    colours.map { "--\($0.name): \($0.value);" }.joined(separator: " ")
  }

  /// Dashes tell lines apart where colours do not.
  private static let dashes = ["none", "7 3", "2 2", "9 3 2 3", "4 2", "1 3", "12 3", "6 2 1 2 1 2"]

  /// Without signs that XML would take for its own.
  static var style: String {
    let marks = (0..<Chart.looks).map { number in
      """
      .line.s\(number) { stroke: var(--s\(number)); stroke-dasharray: \(dashes[number]); }
      .area.s\(number), .bar.s\(number) { fill: var(--s\(number)); }

      """
    }
    return """
      :root { color-scheme: light dark; \(declared(lightColours)) }
      @media (prefers-color-scheme: dark) { :root { \(declared(darkColours)) } }
      @media print { :root { color-scheme: light; \(declared(lightColours)) } }
      * { box-sizing: border-box; }
      html { -webkit-text-size-adjust: 100%; }
      body {
        margin: 0 auto; padding: 16px; max-width: 1180px; background: var(--paper); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
        font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
      }
      h1 { font-size: 24px; line-height: 1.25; margin: 8px 0; }
      h2 { font-size: 18px; line-height: 1.3; margin: 28px 0 8px; }
      p { margin: 4px 0; }
      header p, .note, figcaption span, footer { color: var(--muted); }
      footer { margin-top: 28px; border-top: 1px solid var(--rule); font-size: 13px; }
      .wide { overflow-x: auto; }
      .wide:focus-visible, summary:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
      table { border-collapse: collapse; }
      th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--rule); white-space: nowrap; text-align: right; }
      th { font-weight: 600; }
      th:first-child { text-align: left; }
      th.words, td.words { text-align: left; white-space: normal; min-width: 20em; }
      .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 24px; }
      figure { margin: 0; min-width: 0; break-inside: avoid; }
      figcaption strong { display: block; }
      figcaption span { display: block; font-size: 13px; }
      figure svg { display: block; width: 100%; height: auto; }
      svg text { fill: var(--muted); font-size: 11px; }
      .grid { stroke: var(--rule); stroke-width: 0.6; }
      .axis { stroke: var(--muted); stroke-width: 0.8; }
      .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
      .level { fill: none; stroke: var(--ink); stroke-width: 1; stroke-dasharray: 1 2; }
      .area { stroke: var(--paper); stroke-width: 0.4; }
      .legend { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; margin: 6px 0; padding: 0; font-size: 13px; }
      .legend li { display: flex; align-items: center; gap: 6px; }
      figure svg.swatch { display: inline-block; width: 24px; height: 12px; flex: none; }
      summary { cursor: pointer; font-size: 13px; color: var(--muted); padding: 4px 0; }
      details table { font-size: 13px; }
      @media print {
        body { max-width: none; padding: 0; font-size: 11px; }
        details { display: none; }
        .wide { overflow: visible; }
        th, td { white-space: normal; padding-right: 6px; }
        .charts { grid-template-columns: 1fr 1fr; }
      }

      """ + marks.joined()
  }
}
