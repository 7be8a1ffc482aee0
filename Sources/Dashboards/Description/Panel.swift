/// One picture: what it asks, how it is drawn, and what a good and a bad one look like.
public struct Panel: Sendable, Hashable {
  /// The headline.
  public var title: String
  /// How it is drawn.
  public var kind: PanelKind
  /// What it shows, what is good and what is bad: a sentence each.
  public var meaning: Meaning
  /// What it asks; a text asks nothing.
  public var targets: [Target]
  /// How values are written and coloured.
  public var field = Field()
  /// Share of the line's width, against the others'.
  public var weight = 1
  /// Alerts (of the rules) that look at the same thing; their runbooks are linked.
  public var alerts: [String] = []
  /// Dashboards, by uid, that tell more.
  public var details: [String] = []
  /// A variable for each of whose values Grafana draws the panel again.
  public var repeatedFor: String?

  /// A panel of the ordinary width.
  public init(_ title: String, _ kind: PanelKind, _ meaning: Meaning, _ targets: [Target]) {
    self.title = title
    self.kind = kind
    self.meaning = meaning
    self.targets = targets
  }

  /// What is shown, and how to read it.
  public struct Meaning: Sendable, Hashable {
    /// What is shown.
    public var shows: String
    /// What a good picture looks like.
    public var good: String
    /// What a bad one looks like, and what to think of then.
    public var bad: String

    /// Three sentences.
    public init(_ shows: String, good: String, bad: String) {
      self.shows = shows
      self.good = good
      self.bad = bad
    }
  }
}

/// How a panel is drawn.
public enum PanelKind: Sendable, Hashable {
  /// Curves over time.
  case timeSeries(Curve)
  /// One or a few large numbers.
  case stat(Stat)
  /// A dial.
  case gauge
  /// A bar for each series.
  case barGauge
  /// One row a series of the present instant, see `TableShape`.
  case table(TableShape)
  /// A coloured band for each series.
  case stateTimeline
  /// A histogram's buckets over time.
  case heatmap
  /// Markdown.
  case text(String)

  /// How curves are drawn.
  public enum Curve: String, Sendable, Hashable {
    /// Lines over a faint area.
    case lines
    /// Areas upon each other.
    case stacked
    /// Values stay until the next one: counts of workers.
    case steps
    /// Bars upon each other: counts of events.
    case bars
  }

  /// What a number is accompanied by.
  public enum Stat: String, Sendable, Hashable {
    /// Its course.
    case sparkline
    /// Nothing.
    case plain
    /// The series' name in its place.
    case name
  }
}

/// How the answers of a table's targets become its columns: rows with the same labels are merged.
public struct TableShape: Sendable, Hashable {
  /// The columns in order: a label, or `Value #A` for the value of target A; and what stands above it.
  public var columns: [Column]
  /// The heading by which it is sorted, largest first.
  public var sortedBy: String?

  /// A column.
  public struct Column: Sendable, Hashable {
    /// A label's name, or a target's letter.
    public var source: String
    /// What stands above it.
    public var title: String
    /// Of values.
    public var unit: Unit?

    /// A label's column.
    public static func label(_ name: String, _ title: String) -> Column {
      Column(source: name, title: title, unit: nil)
    }
    /// The column of a target's values.
    public static func value(_ target: String, _ title: String, _ unit: Unit) -> Column {
      Column(source: "Value #\(target)", title: title, unit: unit)
    }
  }

  /// Labels that are not named are left out.
  public init(_ columns: [Column], sortedBy: String? = nil) {
    self.columns = columns
    self.sortedBy = sortedBy
  }
}

/// One PromQL expression. `@all` among its matchers stands for the chosen cluster, `@pool` and `@scope` for the chosen
/// pools and budgets of it as well; `@rate` is Grafana's window for rates.
public struct Target: Sendable, Hashable {
  /// PromQL with the short forms.
  public var expression: String
  /// With `{{label}}` for labels.
  public var legend: String

  /// An expression, and what its series are called.
  public init(_ expression: String, _ legend: String = "__auto") {
    self.expression = expression
    self.legend = legend
  }

  /// The expression with Grafana's variables in place of the short forms; without a choice of pools it asks for all.
  public func query(_ variables: [Variable]) -> String {
    func matchers(_ chosen: [Variable]) -> String {
      chosen.filter { variables.contains($0) }.map { "\($0.name)=~\"$\($0.name)\"" }.joined(separator: ",")
    }
    return
      expression
      .replacing("@all", with: matchers([.cluster]))
      .replacing("@pool", with: matchers([.cluster, .pool]))
      .replacing("@scope", with: matchers([.cluster, .scope]))
      .replacing("@rate", with: "$__rate_interval")
  }
}

extension Panel {
  /// With another unit; `decimals` where Grafana's own choice is wrong.
  public func unit(_ unit: Unit, decimals: Int? = nil) -> Panel {
    changed {
      $0.field.unit = unit
      $0.field.decimals = decimals ?? (unit == .money ? 2 : nil)
    }
  }
  /// Coloured by value; the first colour is for all below the first step.
  public func thresholds(_ base: Color, _ steps: [Threshold] = []) -> Panel {
    changed { $0.field.thresholds = Thresholds(base: base, steps: steps) }
  }
  /// With the thresholds as lines in the picture.
  public func thresholdLines() -> Panel { changed { $0.field.showsThresholds = true } }
  /// With limits of the axis or the dial.
  public func range(_ minimum: Double? = 0, _ maximum: Double? = nil) -> Panel {
    changed {
      $0.field.minimum = minimum
      $0.field.maximum = maximum
    }
  }
  /// With words for numbers.
  public func words(_ words: [ValueWord]) -> Panel { changed { $0.field.words = words } }
  /// With another look of the series whose names fit an expression.
  public func style(_ pattern: String, _ style: SeriesStyle) -> Panel {
    changed { $0.field.styles.append(Field.Style(pattern: pattern, look: style)) }
  }
  /// So many shares of the line.
  public func weight(_ weight: Int) -> Panel { changed { $0.weight = weight } }
  /// With links to the runbooks of alerts.
  public func alerts(_ names: String...) -> Panel { changed { $0.alerts = names } }
  /// With links to other dashboards.
  public func details(_ uids: String...) -> Panel { changed { $0.details = uids } }
  /// Once for each value of a variable.
  public func repeated(for variable: Variable) -> Panel { changed { $0.repeatedFor = variable.name } }
  /// What Grafana writes where there is no value.
  public func whenEmpty(_ text: String) -> Panel { changed { $0.field.whenEmpty = text } }

  private func changed(_ change: (inout Panel) -> Void) -> Panel {
    var panel = self
    change(&panel)
    return panel
  }
}
