/// Something that happened to the fleet, marked in every picture.
public struct Event: Sendable, Hashable {
  /// What the switch at the top of the dashboard is called.
  public var title: String
  /// Above zero where it happened; see `Target` for the short forms.
  public var expression: String
  /// The mark, with `{{label}}` for labels.
  public var mark: String
  /// Of the mark.
  public var color: Color
  /// Whether it is marked when the dashboard is opened.
  public var isShown: Bool

  /// The expression with Grafana's variables.
  public func query(_ variables: [Variable]) -> String { Target(expression).query(variables) }

  /// What scales a pool, as its workers go through their lives.
  public static let all: [Event] = [
    entering("requested", "Worker asked for", .blue),
    entering("ready", "Worker ready", .green),
    entering("draining", "Worker drains", .orange),
    entering("terminated", "Worker removed", .purple),
    entering("failed", "Worker failed", .red),
    Event(
      title: "Plan rejected",
      expression: "sum(increase(poolkeeper_plan_rejected_total{@all}[2m])) > 0", mark: "A plan broke the rules",
      color: .darkRed, isShown: true),
  ]

  /// Seconds between two looks for events, each of which sees the last two minutes: scrapes come at least once a minute.
  static let step = 60

  private static func entering(_ state: String, _ title: String, _ color: Color) -> Event {
    Event(
      title: title,
      expression: #"sum by (pool) (increase(poolkeeper_worker_transitions_total{@pool,state="\#(state)"}[2m])) > 0"#,
      mark: "\(title): {{pool}}", color: color, isShown: state != "draining")
  }
}
