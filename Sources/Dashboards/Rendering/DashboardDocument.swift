/// A dashboard as Grafana 10 to 12 imports it.
///
/// Source: Grafana's dashboard schema as `grafana-foundation-sdk` has it, with which a test reads the result.
public struct DashboardDocument: Sendable {
  /// Of Grafana 10.1; later versions bring it up to theirs themselves.
  public static let schemaVersion = 39
  /// What all dashboards are found by.
  public static let tags = ["poolkeeper", "kubernetes"]

  private let dashboard: Dashboard
  private let others: [Dashboard]
  private let runbooks: String

  /// - Parameters:
  ///   - set: all dashboards, which link to each other.
  ///   - runbooks: the address under which the pages of docs/runbooks can be read.
  public init(_ dashboard: Dashboard, in set: [Dashboard], runbooks: String) {
    self.dashboard = dashboard
    others = set.filter { $0.uid != dashboard.uid }
    self.runbooks = runbooks
  }

  /// The file's text; the same for the same description.
  public var text: String { value.document }

  static let datasource: JSONValue = ["type": "prometheus", "uid": "${datasource}"]

  private var value: JSONValue {
    let titles = Dictionary((others + [dashboard]).map { ($0.uid, $0.title) }, uniquingKeysWith: { first, _ in first })
    let panels = Layout.items(of: dashboard).enumerated().map { index, entry in
      PanelDocument(id: index + 1, place: entry.place, dashboard: dashboard, titles: titles).value(of: entry.item)
    }
    return [
      "uid": .text(dashboard.uid),
      "title": .text(dashboard.title),
      "description": .text(dashboard.purpose),
      "tags": .list(Self.tags.map { .text($0) }),
      "schemaVersion": .integer(Self.schemaVersion),
      "version": 1,
      "editable": true,
      // All pictures show the same instant.
      "graphTooltip": 1,
      "refresh": "30s",
      "time": ["from": .text("now-\(dashboard.span)"), "to": "now"],
      "timezone": "browser",
      "links": .list(others.map(link)),
      "annotations": ["list": .list([Self.builtInAnnotation] + Event.all.map(annotation))],
      "templating": ["list": .list(variables)],
      "panels": .list(panels),
    ]
  }

  private func link(_ other: Dashboard) -> JSONValue {
    [
      "title": .text(other.title), "type": "link", "icon": "dashboard", "tooltip": .text(other.purpose),
      "url": .text("/d/\(other.uid)"), "tags": [], "asDropdown": false, "targetBlank": false, "includeVars": true,
      "keepTime": true,
    ]
  }

  // MARK: - Annotations

  /// Grafana's own, without which it adds it itself.
  private static let builtInAnnotation: JSONValue = [
    "name": "Annotations & Alerts", "type": "dashboard", "builtIn": 1, "enable": true, "hide": true,
    "iconColor": "rgba(0, 211, 255, 1)", "datasource": ["type": "grafana", "uid": "-- Grafana --"],
  ]

  private func annotation(_ event: Event) -> JSONValue {
    [
      "name": .text(event.title), "datasource": Self.datasource, "enable": .bool(event.isShown), "hide": false,
      "iconColor": .text(event.color.rawValue), "expr": .text(event.query(dashboard.variables)),
      "step": .text("\(Event.step)s"),
      "titleFormat": .text(event.mark), "textFormat": "", "tagKeys": "pool",
    ]
  }

  // MARK: - Variables

  private var variables: [JSONValue] {
    let source: JSONValue = [
      "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1,
      "hide": 0, "includeAll": false, "multi": false, "options": [], "current": [:],
    ]
    let base: JSONValue = [
      "name": "runbooks", "label": "Address of the runbooks", "type": "constant", "query": .text(runbooks), "hide": 2,
      "skipUrlSync": true,
      "current": ["selected": true, "text": .text(runbooks), "value": .text(runbooks)],
      "options": [["selected": true, "text": .text(runbooks), "value": .text(runbooks)]],
    ]
    return [source] + dashboard.variables.map(variable) + [base]
  }

  private func variable(_ variable: Variable) -> JSONValue {
    let query = "label_values(\(Target(variable.metric).query(dashboard.variables)), \(variable.source))"
    return [
      "name": .text(variable.name), "label": .text(variable.label), "type": "query", "datasource": Self.datasource,
      "query": ["query": .text(query), "refId": .text(variable.name)],
      // When the time range changes, too: pools come and go.
      "refresh": 2, "sort": 1, "includeAll": true, "multi": true,
      // Also series without the label.
      "allValue": ".*", "options": [], "current": ["selected": true, "text": ["All"], "value": ["$__all"]], "hide": 0,
    ]
  }
}
