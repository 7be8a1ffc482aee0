/// A Grafana dashboard as it is meant: what it asks, and what its reader should see. Places, numbers and everything else
/// that Grafana wants come from this.
public struct Dashboard: Sendable, Hashable {
  /// Also the file's name; other dashboards link to it.
  public var uid: String
  /// In Grafana's list and in links.
  public var title: String
  /// One sentence.
  public var purpose: String
  /// What its panels can be narrowed to, beside the data source.
  public var variables: [Variable]
  /// From top to bottom.
  public var sections: [Section]
  /// How far back it looks when it is opened, in Grafana's notation, for example `6h`.
  public var span: String

  /// A dashboard that looks back six hours.
  public init(
    uid: String, title: String, purpose: String, variables: [Variable], span: String = "6h", _ sections: [Section]
  ) {
    self.uid = uid
    self.title = title
    self.purpose = purpose
    self.variables = variables
    self.span = span
    self.sections = sections
  }

  /// All panels in order.
  public var panels: [Panel] { sections.flatMap(\.lines).flatMap(\.panels) }
}

/// A headline and what lies under it.
public struct Section: Sendable, Hashable {
  /// The headline.
  public var title: String
  /// From top to bottom.
  public var lines: [Line]

  /// A section of lines.
  public init(_ title: String, _ lines: [Line]) {
    self.title = title
    self.lines = lines
  }
}

/// Panels side by side; together they take the whole width, by their weights.
public struct Line: Sendable, Hashable {
  /// In Grafana's units of about 38 pixels.
  public var height: Int
  /// From left to right.
  public var panels: [Panel]

  /// Panels of one height.
  public init(height: Int, _ panels: [Panel]) {
    self.height = height
    self.panels = panels
  }
}

/// What a reader can choose at the top of a dashboard.
public struct Variable: Sendable, Hashable {
  /// As panels use it, behind a `$`.
  public var name: String
  /// As the reader sees it.
  public var label: String
  /// The metric that has all of its values, with the selection by the variables before it.
  public var metric: String
  /// The metric's label that holds them.
  public var source: String

  /// The cluster, where several are in one Prometheus. Series without that label are in every choice of "All".
  public static let cluster = Variable(
    name: "cluster", label: "Cluster", metric: "poolkeeper_build_info", source: "cluster")
  /// Worker pools.
  public static let pool = Variable(
    name: "pool", label: "Pool", metric: "poolkeeper_pool_maximum_workers{@all}", source: "pool")
  /// Caps on spending.
  public static let scope = Variable(
    name: "scope", label: "Budget", metric: "poolkeeper_budget_cap{@all}", source: "scope")
}
