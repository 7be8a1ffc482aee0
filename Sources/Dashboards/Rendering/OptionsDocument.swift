/// A panel's options, in the form of the plug-in that draws it.
struct OptionsDocument {
  let panel: Panel

  var value: JSONValue {
    switch panel.kind {
    case .timeSeries(let curve): ["legend": legend(curve), "tooltip": ["mode": "multi", "sort": "desc"]]
    case .stat(let stat): self.stat(stat)
    case .gauge:
      [
        "orientation": "auto", "reduceOptions": Self.last, "showThresholdLabels": false, "showThresholdMarkers": true,
      ]
    case .barGauge:
      [
        "displayMode": "basic", "orientation": "horizontal", "reduceOptions": Self.last, "showUnfilled": true,
        "valueMode": "color",
      ]
    case .table(let shape): table(shape)
    case .stateTimeline:
      [
        "mergeValues": true, "showValue": "auto", "alignValue": "left", "rowHeight": .number(0.9),
        "legend": ["calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true],
        "tooltip": ["mode": "single", "sort": "none"],
      ]
    case .heatmap: heatmap
    case .text(let markdown): ["mode": "markdown", "content": .text(markdown)]
    }
  }

  /// The last value of each series.
  private static let last: JSONValue = ["calcs": ["lastNotNull"], "fields": "", "values": false]

  /// Sums are what counts of bars, the last and the highest value of curves.
  private func legend(_ curve: PanelKind.Curve) -> JSONValue {
    let calculations: JSONValue = curve == .bars ? ["sum"] : ["lastNotNull", "max"]
    return ["calcs": calculations, "displayMode": "table", "placement": "bottom", "showLegend": true]
  }

  private func stat(_ stat: PanelKind.Stat) -> JSONValue {
    [
      "colorMode": panel.field.thresholds == nil && panel.field.words.isEmpty ? "none" : "value",
      "graphMode": stat == .sparkline ? "area" : "none", "justifyMode": "auto", "orientation": "auto",
      "reduceOptions": Self.last, "textMode": stat == .name ? "name" : "auto",
    ]
  }

  private func table(_ shape: TableShape) -> JSONValue {
    let sorting = shape.sortedBy.map { name -> JSONValue in [["displayName": .text(name), "desc": true]] }
    return ["showHeader": true, "cellHeight": "sm", "sortBy": sorting ?? []]
  }

  private var heatmap: JSONValue {
    [
      "calculate": false, "cellGap": 1,
      "color": [
        "mode": "scheme", "scheme": "Oranges", "fill": "dark-orange", "exponent": .number(0.5), "steps": 64,
        "reverse": false,
      ],
      "exemplars": ["color": "rgba(255,0,255,0.7)"], "legend": ["show": true], "rowsFrame": ["layout": "auto"],
      "showValue": "never", "tooltip": ["yHistogram": true],
      "yAxis": ["axisPlacement": "left", "reverse": false, "unit": .text(panel.field.unit.rawValue)],
    ]
  }
}
