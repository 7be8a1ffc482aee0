import Model

extension Snapshot {
  /// Takes lists that are not known as they were in an earlier snapshot; only a seeded bug does that.
  mutating func fillGaps(from earlier: Snapshot?) {
    guard let earlier else { return }
    func filled<Value>(_ list: Observed<Value>, _ old: Observed<Value>) -> Observed<Value> {
      guard case .unknown = list, let value = old.value else { return list }
      return .known(value, at: now)
    }
    nodes = filled(nodes, earlier.nodes)
    pods = filled(pods, earlier.pods)
    disruptionBudgets = filled(disruptionBudgets, earlier.disruptionBudgets)
  }
}
