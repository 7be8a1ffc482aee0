import API
import Backtest
import ConfigurationFile
import Foundation
import Model

/// Settings of a policy that the operator's file has a key for, by trying: what is written for a changed policy must be read
/// as just that policy.
struct ConfigurableKnobs {
  /// What a search may change.
  let knobs: [Knob]
  /// What it must not, for people.
  let left: [String]
  private let policy: Policy
  private let document: [String: Any]

  /// - Parameter file: of which `policy` was read.
  init(file: String, policy: Policy) throws {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
      throw Failure(.environment, "The configuration \(file) cannot be read: \(error.localizedDescription)")
    }
    guard let document = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
      throw Failure(.usage, "The configuration \(file) is no JSON object that settings could be merged into.")
    }
    var (kept, left): ([Knob], [String]) = ([], [])
    for knob in Knob.all(of: policy) {
      if try Self.isConfigurable(knob, policy, document) { kept.append(knob) } else { left.append(knob.title) }
    }
    knobs = kept
    self.left = left
    self.policy = policy
    self.document = document
  }

  /// What to merge into the file for another policy.
  func patch(for tuned: Policy) -> TunedSettings { TunedSettings(from: policy, to: tuned, document: document) }

  /// Whether a value beside today's can be written; of bounds that other settings exclude, another one is tried.
  private static func isConfigurable(_ knob: Knob, _ policy: Policy, _ document: [String: Any]) throws -> Bool {
    guard let now = knob.kind.value(in: policy) else { return false }
    let values = knob.values.filter { $0 != now }.sorted { abs($0 - now) < abs($1 - now) }
    for value in values.prefix(4) {
      var changed = policy
      knob.kind.set(value, in: &changed)
      let merged = TunedSettings(from: policy, to: changed, document: document).merged
      let bytes = try JSONSerialization.data(withJSONObject: merged)
      if ConfigurationLoading.reader().read([UInt8](bytes)).configuration?.policy == changed { return true }
    }
    return false
  }
}

/// The outcome of a search as JSON.
enum TuningJSON {
  private struct View: Encodable {
    struct Proposal: Encodable {
      var setting: String
      var unit: Knob.Unit
      var from: Double
      var to: Double
      var saving: Money
      var sentence: String
    }

    var facts: HistoryFacts
    var currency: String
    var proposals: [Proposal]
    var searched: TuningResult.Pair
    var heldOut: TuningResult.Pair?
    var savingHeldOut: Double?
    var holds: Bool
    var split: Instant
    var replays: Int
    var isComplete: Bool
  }

  /// - Parameter patch: what to merge into the configuration, under `merge`.
  static func text(
    _ result: TuningResult, _ facts: HistoryFacts, currency: String, patch: TunedSettings
  ) throws -> String {
    let view = View(
      facts: facts, currency: currency,
      proposals: result.proposals.map { proposal in
        View.Proposal(
          setting: proposal.knob.title, unit: proposal.knob.unit, from: proposal.from, to: proposal.to,
          saving: proposal.saving, sentence: proposal.sentence)
      }, searched: result.searched, heldOut: result.heldOut, savingHeldOut: result.heldOut?.saving,
      holds: result.holds, split: result.split, replays: result.evaluations, isComplete: result.isComplete)
    let data = try JSONFormat.encoder().encode(view)
    // The file's keys stay as the file has them.
    guard var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else { return "{}" }
    object["merge"] = patch.patch
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self)
  }
}
