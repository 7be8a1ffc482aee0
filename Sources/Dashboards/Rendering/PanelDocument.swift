/// A panel, or a headline, in Grafana's form.
struct PanelDocument {
  let id: Int
  let place: Layout.Place
  let dashboard: Dashboard
  /// Of all dashboards, by uid.
  let titles: [String: String]

  func value(of item: Layout.Item) -> JSONValue {
    switch item {
    case .headline(let title):
      [
        "id": .integer(id), "type": "row", "title": .text(title), "collapsed": false, "gridPos": gridPosition,
        "panels": [],
      ]
    case .panel(let panel): value(of: panel)
    }
  }

  private var gridPosition: JSONValue {
    ["x": .integer(place.x), "y": .integer(place.y), "w": .integer(place.width), "h": .integer(place.height)]
  }

  private func value(of panel: Panel) -> JSONValue {
    let head: JSONValue = [
      "id": .integer(id), "type": .text(panel.kind.plugin), "title": .text(panel.title),
      "description": .text(panel.description), "gridPos": gridPosition, "links": .list(links(of: panel)),
    ]
    if case .text(let markdown) = panel.kind {
      return head.adding(["options": ["mode": "markdown", "content": .text(markdown)]])
    }
    return head.adding([
      "datasource": DashboardDocument.datasource,
      "repeat": panel.repeatedFor.map { .text($0) },
      "repeatDirection": panel.repeatedFor.map { _ in "h" },
      "maxPerRow": panel.repeatedFor.map { _ in 2 },
      "fieldConfig": FieldDocument(panel: panel).value,
      "options": OptionsDocument(panel: panel).value,
      "transformations": panel.kind.table.map { transformations($0, panel) },
      "targets": .list(zip(panel.letters, panel.targets).map { target($0, $1, panel.kind) }),
    ])
  }

  private func links(of panel: Panel) -> [JSONValue] {
    let details = panel.details.map { uid -> JSONValue in
      [
        "title": .text("More in: \(titles[uid] ?? uid)"),
        "url": .text("/d/\(uid)?${__url_time_range}&${__all_variables}"), "targetBlank": false,
      ]
    }
    let runbooks = panel.alerts.map { alert -> JSONValue in
      ["title": .text("Runbook: \(alert)"), "url": .text("${runbooks}/\(alert).md"), "targetBlank": true]
    }
    return details + runbooks
  }

  private func target(_ letter: String, _ target: Target, _ kind: PanelKind) -> JSONValue {
    let isTable = kind.table != nil
    let format =
      switch kind {
      case .table: "table"
      case .heatmap: "heatmap"
      default: "time_series"
      }
    return [
      "refId": .text(letter), "datasource": DashboardDocument.datasource, "editorMode": "code",
      "expr": .text(target.query(dashboard.variables)), "legendFormat": .text(target.legend), "format": .text(format),
      "instant": .bool(isTable), "range": .bool(!isTable),
    ]
  }

  /// Rows with the same labels become one; then columns in the order of the description, and no others.
  private func transformations(_ table: TableShape, _ panel: Panel) -> JSONValue {
    func source(_ column: TableShape.Column) -> String {
      // Grafana numbers values only where there are several queries.
      panel.targets.count == 1 && column.source.hasPrefix("Value #") ? "Value" : column.source
    }
    let order = table.columns.enumerated().map { index, column in
      JSONValue.Member(key: source(column), value: .integer(index))
    }
    let names = table.columns.map { JSONValue.Member(key: source($0), value: .text($0.title)) }
    return [
      ["id": "merge", "options": [:]],
      [
        "id": "organize",
        "options": [
          "excludeByName": ["Time": true], "indexByName": .object(order), "renameByName": .object(names),
        ],
      ],
    ]
  }
}

extension Panel {
  /// What the reader sees at the panel's corner.
  var description: String {
    if case .text = kind { return meaning.shows }
    return "\(meaning.shows)\n\n**Good:** \(meaning.good)\n\n**Bad:** \(meaning.bad)"
  }

  /// Of the targets: A, B, C, ….
  var letters: [String] { targets.indices.map { String(UnicodeScalar(UInt8(ascii: "A") + UInt8($0))) } }
}

extension PanelKind {
  /// The id of Grafana's plug-in that draws it.
  var plugin: String {
    switch self {
    case .timeSeries: "timeseries"
    case .stat: "stat"
    case .gauge: "gauge"
    case .barGauge: "bargauge"
    case .table: "table"
    case .stateTimeline: "state-timeline"
    case .heatmap: "heatmap"
    case .text: "text"
    }
  }

  var table: TableShape? {
    if case .table(let shape) = self { shape } else { nil }
  }
}
