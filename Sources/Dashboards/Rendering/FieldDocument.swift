/// How a panel's values are written and coloured, in Grafana's form.
struct FieldDocument {
  let panel: Panel
  private var field: Field { panel.field }

  init(panel: Panel) { self.panel = panel }

  var value: JSONValue { ["defaults": defaults, "overrides": .list(overrides)] }

  private var defaults: JSONValue {
    let thresholds = field.thresholds ?? Thresholds(base: .green, steps: [])
    let base: JSONValue = [
      "unit": .text(field.unit.rawValue), "color": ["mode": .text(colorMode)],
      "mappings": field.words.isEmpty ? [] : [mapping],
      "thresholds": [
        "mode": "absolute",
        "steps": .list(
          [["color": .text(thresholds.base.rawValue), "value": .null]]
            + thresholds.steps.map { ["color": .text($0.color.rawValue), "value": .number($0.value)] }),
      ],
    ]
    return base.adding([
      "decimals": field.decimals.map { .integer($0) }, "min": field.minimum.map { .number($0) },
      "max": field.maximum.map { .number($0) }, "noValue": field.whenEmpty.map { .text($0) }, "custom": custom,
    ])
  }

  private var colorMode: String {
    switch panel.kind {
    case .timeSeries, .heatmap: "palette-classic"
    default: field.thresholds == nil && field.words.isEmpty ? "palette-classic" : "thresholds"
    }
  }

  private var mapping: JSONValue {
    [
      "type": "value",
      "options": .object(
        field.words.enumerated().map { index, word in
          JSONValue.Member(
            key: String(word.value),
            value: ["text": .text(word.text), "color": .text(word.color.rawValue), "index": .integer(index)])
        }),
    ]
  }

  /// What only this way of drawing has.
  private var custom: JSONValue? {
    switch panel.kind {
    case .timeSeries(let curve): curves(curve)
    case .stateTimeline: ["lineWidth": 0, "fillOpacity": 75]
    case .table: ["align": "auto", "cellOptions": ["type": "auto"], "inspect": false]
    default: nil
    }
  }

  private func curves(_ curve: PanelKind.Curve) -> JSONValue {
    let isStacked = curve == .stacked || curve == .bars
    let opacity =
      switch curve {
      case .lines, .steps: 8
      case .stacked: 40
      case .bars: 80
      }
    return [
      "drawStyle": curve == .bars ? "bars" : "line",
      "lineInterpolation": curve == .steps || curve == .stacked ? "stepAfter" : "linear",
      "lineWidth": 1, "fillOpacity": .integer(opacity), "gradientMode": "none", "showPoints": "never",
      "spanNulls": false, "stacking": ["group": "A", "mode": isStacked ? "normal" : "none"],
      "thresholdsStyle": ["mode": field.showsThresholds ? "dashed" : "off"], "axisPlacement": "auto",
    ]
  }

  // MARK: - Single series and columns

  private var overrides: [JSONValue] {
    let currencies = field.unit == .money && panel.kind.table == nil ? Currency.allCases.map(sign) : []
    return currencies + field.styles.map(style) + (panel.kind.table?.columns ?? []).compactMap(column)
  }

  private func sign(_ currency: Currency) -> JSONValue {
    override(
      "byRegexp", "/\\b\(currency.rawValue)\\b/", [("unit", .text(currency.unit))])
  }

  private func style(_ style: Field.Style) -> JSONValue {
    let properties: [(String, JSONValue)] =
      switch style.look {
      case .limit(let color):
        [
          ("color", ["mode": "fixed", "fixedColor": .text(color.rawValue)]),
          ("custom.lineStyle", ["fill": "dash", "dash": [10, 10]]), ("custom.fillOpacity", 0),
          ("custom.stacking", ["group": "limits", "mode": "none"]),
        ]
      case .expected:
        [
          ("custom.lineStyle", ["fill": "dot", "dash": [0, 10]]), ("custom.lineWidth", 2), ("custom.fillOpacity", 0),
          ("custom.stacking", ["group": "expected", "mode": "none"]),
        ]
      case .colored(let color): [("color", ["mode": "fixed", "fixedColor": .text(color.rawValue)])]
      }
    return override("byRegexp", "/\(style.pattern)/", properties)
  }

  private func column(_ column: TableShape.Column) -> JSONValue? {
    guard let unit = column.unit else { return nil }
    let digits: [(String, JSONValue)] = unit == .money ? [("decimals", 2)] : []
    return override("byName", column.title, [("unit", .text(unit.rawValue))] + digits)
  }

  private func override(_ matcher: String, _ options: String, _ properties: [(String, JSONValue)]) -> JSONValue {
    [
      "matcher": ["id": .text(matcher), "options": .text(options)],
      "properties": .list(properties.map { ["id": .text($0.0), "value": $0.1] }),
    ]
  }
}
