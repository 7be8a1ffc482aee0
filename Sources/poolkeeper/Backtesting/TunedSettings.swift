import ConfigurationFile
import Foundation
import Model

/// What has to be written into a configuration so that it says another policy: an object to merge into the file, with the
/// file's own keys (a JSON merge patch, RFC 7396). Pure.
struct TunedSettings {
  /// The object; `{}` when nothing differs.
  private(set) var patch: [String: Any] = [:]
  private let document: [String: Any]
  private let base: Policy
  private let tuned: Policy

  /// - Parameter document: the file as JSON, of which `base` was read.
  init(from base: Policy, to tuned: Policy, document: [String: Any]) {
    self.document = document
    self.base = base
    self.tuned = tuned
    for pool in tuned.pools {
      guard let old = base.pool(pool.name), old != pool else { continue }
      write(old, pool)
    }
    for trigger in tuned.triggers {
      guard let old = base.triggers.first(where: { $0.name == trigger.name }), old != trigger else { continue }
      write(old, trigger)
    }
    write(base.consolidation, tuned.consolidation)
    if base.pace.maximumPending != tuned.pace.maximumPending {
      set(["poolkeeper", "pace", "max_pending_seconds"], Self.seconds(tuned.pace.maximumPending))
    }
    if base.pace.shrinkPercent != tuned.pace.shrinkPercent {
      set(["poolkeeper", "pace", "shrink_percent"], Self.number(tuned.pace.shrinkPercent))
    }
    if base.pace.shrinkWindow != tuned.pace.shrinkWindow {
      set(["poolkeeper", "pace", "shrink_window_minutes"], Self.number(tuned.pace.shrinkWindow.inSeconds / 60))
    }
  }

  /// The object as text to paste; keys sorted.
  var text: String {
    let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = (try? JSONSerialization.data(withJSONObject: patch, options: options)) ?? Data("{}".utf8)
    return String(decoding: data, as: UTF8.self)
  }

  /// The file with the object merged into it.
  var merged: [String: Any] { Self.merge(patch, into: document) }

  private static func merge(_ patch: [String: Any], into target: [String: Any]) -> [String: Any] {
    var target = target
    for (key, value) in patch {
      if let object = value as? [String: Any] {
        target[key] = merge(object, into: target[key] as? [String: Any] ?? [:])
      } else {
        target[key] = value
      }
    }
    return target
  }

  // MARK: - Pools

  private mutating func write(_ old: Pool, _ pool: Pool) {
    let name = pool.name.rawValue
    let definition = ["worker_pool_definitions", name]
    let own = ["poolkeeper", "pools", name]
    if old.minimum != pool.minimum { set(definition + ["min_size"], pool.minimum) }
    if old.maximum != pool.maximum { set(definition + ["max_size"], pool.maximum) }
    if old.standby != pool.standby { set(own + ["standby"], pool.standby) }
    if old.idleTimeout != pool.idleTimeout {
      set(own + ["idle_timeout_minutes"], Self.number((pool.idleTimeout ?? .zero).inSeconds / 60))
    }
    if old.growCooldown != pool.growCooldown {
      set(own + ["cooldowns", "grow_seconds"], Self.seconds(pool.growCooldown))
    }
    if old.shrinkCooldown != pool.shrinkCooldown {
      set(own + ["cooldowns", "shrink_seconds"], Self.seconds(pool.shrinkCooldown))
    }
    if old.horizon != pool.horizon { set(own + ["horizon_hours"], Self.number(pool.horizon.inSeconds / 3600)) }
    if let life = pool.timeToLive, old.timeToLive != life {
      set(definition + ["ttl_config", "default_ttl_hours"], Self.number(life.standard.inSeconds / 3600))
      set(definition + ["ttl_config", "max_ttl_hours"], Self.number(life.maximum.inSeconds / 3600))
    }
    if let new = pool.utilisation, let before = old.utilisation {
      let metrics = definition + ["auto_scaling", "metrics"]
      let values: [(String, KeyPath<UtilisationPolicy, Double>)] = [
        ("cpu_utilization_target", \.cpuTargetPercent), ("memory_utilization_target", \.memoryTargetPercent),
        ("scale_up_threshold", \.growAtPercent), ("scale_down_threshold", \.shrinkAtPercent),
      ]
      for (key, path) in values where new[keyPath: path] != before[keyPath: path] {
        set(metrics + [key], Self.number(new[keyPath: path]))
      }
    }
  }

  // MARK: - Triggers

  private mutating func write(_ old: Trigger, _ trigger: Trigger) {
    let pool = trigger.pool.rawValue
    let definition = ["worker_pool_definitions", pool]
    guard trigger.kind != .custom else { return writeCustom(trigger) }
    switch scaling(of: trigger.pool) {
    case .utilisation:
      let metrics = definition + ["auto_scaling", "metrics"]
      if old.threshold != trigger.threshold { set(metrics + ["scale_up_threshold"], Self.number(trigger.threshold)) }
      if old.targetPercent != trigger.targetPercent {
        let key = trigger.kind == .memoryPressure ? "memory_utilization_target" : "cpu_utilization_target"
        set(metrics + [key], Self.number(trigger.targetPercent))
      }
      if old.hold != trigger.hold { set(["poolkeeper", "pools", pool, "hold_seconds"], Self.seconds(trigger.hold)) }
    case .pendingPods:
      let described = definition + ["provisioning_triggers", trigger.kind.rawValue]
      let isCount = trigger.kind == .pendingPods
      if old.threshold != trigger.threshold {
        set(described + [isCount ? "threshold_count" : "threshold_percent"], Self.number(trigger.threshold))
      }
      if old.hold != trigger.hold {
        set(
          described + [isCount ? "threshold_duration_seconds" : "duration_seconds"], Self.seconds(trigger.hold))
      }
    case .cost:
      if old.hold != trigger.hold { set(["poolkeeper", "pools", pool, "hold_seconds"], Self.seconds(trigger.hold)) }
    case .manual: break
    }
  }

  /// A list is written as a whole: a merge knows no single element.
  private mutating func writeCustom(_ trigger: Trigger) {
    let own = patch["poolkeeper"] as? [String: Any]
    let written = own?["triggers"] ?? (document["poolkeeper"] as? [String: Any])?["triggers"]
    guard var list = written as? [[String: Any]],
      let index = list.firstIndex(where: { $0["name"] as? String == trigger.name.rawValue })
    else { return }
    list[index]["threshold"] = Self.number(trigger.threshold)
    list[index]["hold_seconds"] = Self.seconds(trigger.hold)
    set(["poolkeeper", "triggers"], list)
  }

  private func scaling(of name: PoolName) -> PoolScaling {
    let pools = (document["poolkeeper"] as? [String: Any])?["pools"] as? [String: Any]
    let own = pools?[name.rawValue] as? [String: Any]
    if let text = own?["scaling"] as? String, let scaling = PoolScaling(rawValue: text) { return scaling }
    return PoolScaling.standard(for: tuned.pool(name)?.kind ?? .permanent)
  }

  // MARK: - Consolidation

  private mutating func write(_ old: ConsolidationPolicy, _ new: ConsolidationPolicy) {
    let section = ["poolkeeper", "consolidation"]
    if old.enabled != new.enabled { set(section + ["enabled"], new.enabled) }
    if old.utilisationPercent != new.utilisationPercent {
      set(section + ["utilisation_percent"], Self.number(new.utilisationPercent))
    }
    if old.unneededFor != new.unneededFor {
      set(section + ["unneeded_minutes"], Self.number(new.unneededFor.inSeconds / 60))
    }
    if old.minimumSavingPercent != new.minimumSavingPercent {
      set(section + ["minimum_saving_percent"], Self.number(new.minimumSavingPercent))
    }
    if old.payback != new.payback { set(section + ["payback_minutes"], Self.number(new.payback.inSeconds / 60)) }
  }

  // MARK: - Values

  private mutating func set(_ path: [String], _ value: Any) { patch = Self.setting(path[...], to: value, in: patch) }

  private static func setting(_ path: ArraySlice<String>, to value: Any, in object: [String: Any]) -> [String: Any] {
    var object = object
    guard let first = path.first else { return object }
    if path.count == 1 {
      object[first] = value
    } else {
      object[first] = setting(path.dropFirst(), to: value, in: object[first] as? [String: Any] ?? [:])
    }
    return object
  }

  private static func seconds(_ duration: Duration) -> Any { number(duration.inSeconds) }

  /// A whole number without a point.
  private static func number(_ value: Double) -> Any {
    value == value.rounded() && value.magnitude < 1e15 ? Int(value) : value
  }
}
