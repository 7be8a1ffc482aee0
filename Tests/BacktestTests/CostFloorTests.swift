import Foundation
import Model
import Testing

@testable import Backtest

@Suite struct CostFloorTests {
  private func floor(_ pods: [RecordedPod], _ templates: [Template] = [Histories.small]) throws -> CostFloor {
    try #require(Backtest.floor(Histories.history(pods), policy: Histories.policy(templates)))
  }

  /// One small pod needs a whole worker while it is there.
  @Test func onePodNeedsItsCheapestWorker() throws {
    let floor = try floor([Histories.pod("web", from: 0, to: 1000, cpu: 100)], [Histories.large, Histories.small])
    #expect(floor.cost == Money(1.0))
    #expect(floor.costWithWaiting < floor.cost)
  }

  /// Three pods of three cores each share no worker of four, whatever the sum of their cores says.
  @Test func podsAboveHalfDoNotShare() throws {
    let floor = try floor((0..<3).map { Histories.pod("p\($0)", from: 0, to: 1000, cpu: 3000) })
    #expect(floor.cost == Money(3.0))
    #expect(floor.costWithWaiting.units > 2.99)
  }

  @Test func fractionsAreRaisedToWholeWorkers() throws {
    // Nine cores of four each: at least three workers.
    let floor = try floor((0..<9).map { Histories.pod("p\($0)", from: 0, to: 1000, cpu: 1000) })
    #expect(floor.cost == Money(3.0))
    // With waiting, two and a quarter for as long.
    #expect(abs(floor.costWithWaiting.units - 2.25) < 0.01)
  }

  /// What one worker of another pool must hold is no help for what only this one may.
  @Test func podsThatShareNoWorkersAddUp() throws {
    var policy = Histories.policy()
    var other = policy.pools[0]
    other.name = "gpu"
    other.taints = [Taint(key: "nvidia.com/gpu", effect: .noSchedule)]
    let template = Histories.template("card", cores: 4, gibibytes: 16, price: 36, gpus: 1)
    other.defaultTemplate = "card"
    other.templates = ["card"]
    policy.pools.append(other)
    policy.templates.append(template)
    var card = Histories.pod("card", from: 0, to: 1000, cpu: 100)
    card.pod.requests.extended = ["nvidia.com/gpu": 1]
    card.pod.tolerations = [Toleration(key: "nvidia.com/gpu", operator: .exists)]
    let history = Histories.history([card, Histories.pod("web", from: 0, to: 1000, cpu: 100)])
    #expect(Backtest.floor(history, policy: policy)?.cost == Money(11.0))
  }

  @Test func leavesOutWhatFitsNowhere() throws {
    let floor = try floor([Histories.pod("huge", from: 0, to: 1000, cpu: 99_000)])
    #expect(floor.podsLeftOut == 1 && floor.cost == .zero)
  }

  @Test func stopsWhenToldTo() {
    #expect(Backtest.floor(Histories.drawn(1), policy: Histories.policy()) { _ in false } == nil)
  }

  /// Functions of shares: whatever fits together has values that sum up to 1 at most.
  @Test(arguments: Array(UInt64(1)...200)) func valuesOfWhatFitsTogetherSumUpToOneAtMost(_ seed: UInt64) {
    var random = SplitMixNumbers(seed: seed)
    let whole = Int64.random(in: 1...40, using: &random)
    var left = whole
    var parts: [Int64] = []
    while left > 0, parts.count < 8 {
      let part = Int64.random(in: 1...left, using: &random)
      parts.append(part)
      left -= part
    }
    for function in 0..<PodWorth.functions {
      let sum = parts.reduce(0) { $0 + PodWorth.value($1, of: whole, function: function) }
      #expect(sum <= 1 + 1e-12, "\(parts) of \(whole) by \(function)")
    }
  }

  /// Against the least cost of whole fleets, found by trying all, for a few pods at one instant.
  @Test(arguments: Array(UInt64(1)...40)) func isBelowTheBestOfAllFleets(_ seed: UInt64) throws {
    var random = SplitMixNumbers(seed: seed &* 31)
    let templates = [Histories.small, Histories.large]
    let pods = (0..<Int.random(in: 1...6, using: &random)).map { index in
      Histories.pod(
        "p\(index)", from: 0, to: 1000, cpu: Int64.random(in: 1...40, using: &random) * 100,
        gibibytes: Int64.random(in: 1...16, using: &random))
    }
    let floor = try floor(pods, templates)
    let best = Self.cheapest(pods, templates)
    #expect(floor.cost.units <= best * 1000 / 3600 + 1e-9)
    // It is worth something, too.
    #expect(floor.cost.units >= best * 1000 / 3600 * 0.3)
  }

  /// Every way to share out pods among workers, each then of the cheapest template that holds it.
  private static func cheapest(_ pods: [RecordedPod], _ templates: [Template]) -> Double {
    func price(_ group: Resources) -> Double? {
      templates.filter { group.fits(in: $0.allocatable) }.map(\.price.perHour.units).min()
    }
    func search(_ index: Int, _ groups: [Resources]) -> Double {
      guard index < pods.count else { return groups.reduce(0) { $0 + (price($1) ?? .infinity) } }
      var best = search(index + 1, groups + [pods[index].pod.requests])
      for group in groups.indices {
        var joined = groups
        joined[group] += pods[index].pod.requests
        if price(joined[group]) != nil { best = min(best, search(index + 1, joined)) }
      }
      return best
    }
    return search(0, [])
  }
}

@Suite struct WholePricesTests {
  @Test(arguments: [(0, 0), (1, 30), (30, 30), (31, 50), (50, 50), (51, 60), (61, 80), (70, 80), (90, 90), (101, 110)])
  func findsTheNextSum(_ amount: Int64, _ sum: Int64) {
    #expect(WholePrices([30, 50]).next(atLeast: amount) == sum)
  }
}
