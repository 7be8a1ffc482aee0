import ConfigurationFile
import Foundation
import Model
import Testing

@testable import poolkeeper

/// What `tune` gives to paste is read as the policy that it was made for.
@Suite struct TunedSettingsTests {
  private static let file = Bench.root.appendingPathComponent("config/worker-pools.json")

  private static func document() throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Any])
  }

  private static func policy(_ document: [String: Any]) throws -> Policy {
    let bytes = try JSONSerialization.data(withJSONObject: document)
    return try ConfigurationLoading.usable(ConfigurationLoading.reader().read([UInt8](bytes)), "merged").configuration
      .policy
  }

  struct Change: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var change: @Sendable (inout Policy) -> Void
    var keys: String

    init(_ name: String, _ keys: String, _ change: @escaping @Sendable (inout Policy) -> Void) {
      testDescription = name
      self.change = change
      self.keys = keys
    }

    static func pool(_ name: PoolName, _ keys: String, _ change: @escaping @Sendable (inout Pool) -> Void) -> Change {
      Change("\(name): \(keys)", keys) { policy in
        let index = policy.pools.firstIndex { $0.name == name }!
        change(&policy.pools[index])
      }
    }

    static func trigger(
      _ name: TriggerName, _ keys: String, _ change: @escaping @Sendable (inout Trigger) -> Void
    ) -> Change {
      Change("\(name): \(keys)", keys) { policy in
        let index = policy.triggers.firstIndex { $0.name == name }!
        change(&policy.triggers[index])
      }
    }
  }

  @Test(arguments: [
    Change.pool("burst", "idle_timeout_minutes") { $0.idleTimeout = .minutes(7) },
    .pool("gpu", "idle_timeout_minutes") { $0.idleTimeout = nil },
    .pool("burst", "grow_seconds") { $0.growCooldown = .seconds(45) },
    .pool("permanent", "shrink_seconds") { $0.shrinkCooldown = .seconds(301) },
    .pool("permanent", "min_size") { $0.minimum = 1 }, .pool("spot", "max_size") { $0.maximum = 31 },
    .pool("burst", "standby") { $0.standby = 2 },
    .pool("burst", "default_ttl_hours") { $0.timeToLive?.standard = .minutes(90) },
    .pool("gpu", "horizon_hours") { $0.horizon = .hours(2) },
    .trigger("burst/pending_pods", "threshold_count") { $0.threshold = 2 },
    .trigger("burst/pending_pods", "threshold_duration_seconds") { $0.hold = .seconds(75) },
    .trigger("burst/memory_pressure", "threshold_percent") { $0.threshold = 85 },
    .trigger("burst/cpu_pressure", "duration_seconds") { $0.hold = .seconds(30) },
    .trigger("spot/pending_pods", "hold_seconds") { $0.hold = .seconds(120) },
    .trigger("burst/nodes_short_of_memory", "triggers") {
      $0.threshold = 2
      $0.hold = .seconds(15)
    },
    Change("utilisation", "scale_up_threshold") { policy in
      let index = policy.pools.firstIndex { $0.name == "permanent" }!
      policy.pools[index].utilisation?.growAtPercent = 85
      policy.pools[index].utilisation?.cpuTargetPercent = 72.5
      for index in policy.triggers.indices where policy.triggers[index].pool == "permanent" {
        policy.triggers[index].threshold = 85
        policy.triggers[index].hold = .seconds(90)
        if policy.triggers[index].kind == .cpuPressure { policy.triggers[index].targetPercent = 72.5 }
      }
    },
    Change("consolidation", "consolidation") {
      $0.consolidation.minimumSavingPercent = 20
      $0.consolidation.unneededFor = .minutes(5)
      $0.consolidation.payback = .minutes(30)
    },
    Change("pace", "pace") {
      $0.pace.shrinkPercent = 50
      $0.pace.shrinkWindow = .minutes(10)
      $0.pace.maximumPending = .seconds(120)
    },
  ])
  func mergedIntoTheFileItIsTheTunedPolicy(change: Change) throws {
    let document = try Self.document()
    let base = try Self.policy(document)
    var tuned = base
    change.change(&tuned)
    #expect(tuned != base)
    let settings = TunedSettings(from: base, to: tuned, document: document)
    #expect(settings.text.contains("\"\(change.keys)\""), "\(settings.text)")
    #expect(try Self.policy(settings.merged) == tuned, "\(settings.text)")
  }

  @Test func nothingIsWrittenWhereNothingDiffers() throws {
    let document = try Self.document()
    let base = try Self.policy(document)
    let settings = TunedSettings(from: base, to: base, document: document)
    #expect(settings.text == "{\n\n}" || settings.text == "{}")
    #expect(try Self.policy(settings.merged) == base)
  }
}
