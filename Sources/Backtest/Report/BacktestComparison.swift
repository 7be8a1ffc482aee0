public import Model

/// One history under several policies, and what no policy can be cheaper than.
public struct BacktestComparison: Sendable, Codable, Equatable {
  public var facts: HistoryFacts
  /// ISO code of all amounts.
  public var currency: String
  /// In the order in which they were asked for.
  public var results: [BacktestResult]
  /// `nil` when it was interrupted before it was worked out.
  public var floor: CostFloor?

  public init(facts: HistoryFacts, currency: String, results: [BacktestResult], floor: CostFloor?) {
    self.facts = facts
    self.currency = currency
    self.results = results
    self.floor = floor
  }

  /// A result's cost in relation to the floor: 1.25 is a quarter above; `nil` without a floor.
  public func ratio(_ result: BacktestResult) -> Double? {
    guard let floor, result.isComplete, floor.cost > .zero else { return nil }
    return result.cost.units / floor.cost.units
  }
}

/// What a history holds.
public struct HistoryFacts: Sendable, Codable, Equatable {
  public var source: String
  public var start: Instant
  public var end: Instant
  public var pods: Int
  /// Of these, work that ends by itself.
  public var work: Int
  /// Most pods at once if none had to wait, and when that was first so.
  public var mostPods: Int
  public var mostPodsAt: Instant?
  /// Most that they asked for at once, each by itself.
  public var mostCPUMillicores: Int64
  public var mostMemoryBytes: Int64
  public var mostGPUs: Int64
  /// Core hours that were asked for, if no pod had to wait.
  public var coreHours: Double
  /// What the source could not tell, one sentence each.
  public var untold: [String]

  // With one capital a word, as keys go through snake case and back.
  private enum CodingKeys: String, CodingKey {
    case source, start, end, pods, work, mostPods, mostPodsAt, mostMemoryBytes, coreHours, untold
    case mostCPUMillicores = "mostCpuMillicores"
    case mostGPUs = "mostGpus"
  }
}

/// A lower bound of what a history costs.
public struct CostFloor: Sendable, Codable, Equatable {
  /// No policy that runs every pod from when it came costs less.
  public var cost: Money
  /// No policy that runs every pod for its whole time costs less, whenever it lets it run.
  public var costWithWaiting: Money
  /// Pods that no worker of the policy could hold, and which are left out.
  public var podsLeftOut: Int
  /// What it is and why nothing real reaches it, for people.
  public var sentence: String

  public init(cost: Money, costWithWaiting: Money, podsLeftOut: Int) {
    self.cost = cost
    self.costWithWaiting = costWithWaiting
    self.podsLeftOut = podsLeftOut
    sentence = Self.meaning
  }

  static let meaning =
    "The least that any policy could cost that runs every pod from when it came: at each instant the cheapest fleet that "
    + "could hold the pods if workers could be had in fractions, came and went at once, and pods were moved for nothing. "
    + "It can be no policy's cost, but it says how much is left to save."
}
