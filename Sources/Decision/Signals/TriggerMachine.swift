public import Model

/// How a trigger's state follows from its readings.
///
/// Legal next phases:
/// - `unknown` → `inactive` (a reading that is false), `pending` (true), `firing` (true, no hold time)
/// - `inactive` → `pending`, `firing` (no hold time), `unknown` (readings missing for too long)
/// - `pending` → `firing` (true at every evaluation of the hold time), `inactive` (false), `unknown`
/// - `firing` → `inactive` (false), `unknown`
/// A missing reading keeps the phase for two intervals and stops the hold time's clock meanwhile. A trigger whose condition
/// is another one than before (its expression, comparison, threshold or fold) begins anew; its hold time does not count.
public enum TriggerMachine {
  /// The next state. `previous` is `nil` for a trigger that was never looked at.
  public static func step(
    _ previous: TriggerState?, trigger: Trigger, reading: Observed<Reading>?, now: Instant, pace: PacePolicy
  ) -> TriggerState {
    let condition = trigger.condition
    let isSame = previous?.condition.map { $0 == condition } ?? true
    var next = follow(isSame ? previous : nil, trigger: trigger, reading: reading, now: now, pace: pace)
    next.condition = condition
    return next
  }

  private static func follow(
    _ previous: TriggerState?, trigger: Trigger, reading: Observed<Reading>?, now: Instant, pace: PacePolicy
  ) -> TriggerState {
    guard case .success(let reading) = valid(reading, now: now, pace: pace) else {
      return missing(previous, now: now, pace: pace)
    }
    var state = previous ?? TriggerState(phase: .unknown, since: reading.at)
    let last = state.lastReading
    state.lastReading = reading
    defer { state.missingSince = nil }
    guard trigger.comparison.holds(reading.value, trigger.threshold) else {
      state.trueSince = nil
      return state.entering(.inactive, at: reading.at)
    }
    let gapStart = state.missingSince ?? last?.at
    let broken = gapStart.map { reading.at - $0 > pace.readingLimit } ?? false
    if let since = state.trueSince, !broken {
      // The clock stood still while readings were missing.
      let pause = state.missingSince.map { max(.zero, reading.at - $0) } ?? .zero
      state.trueSince = since.advanced(by: pause)
    } else {
      state.trueSince = reading.at
    }
    if state.phase == .firing && !broken { return state.entering(.firing, at: reading.at) }
    let held = reading.at - state.trueSince! >= trigger.hold
    return state.entering(held ? .firing : .pending, at: reading.at)
  }

  /// The reading, or in words why there is none to act on.
  static func valid(_ observed: Observed<Reading>?, now: Instant, pace: PacePolicy) -> Result<Reading, MissingReading> {
    switch observed {
    case nil: return .failure(MissingReading("it was not evaluated"))
    case .unknown(let reason): return .failure(MissingReading(reason))
    case .known(let reading, _):
      if reading.value.isNaN { return .failure(MissingReading("its expression returned NaN")) }
      if now - reading.at > pace.readingLimit, !SeededBug.actsOnStaleReadings.isOn {
        return .failure(MissingReading("its newest value is \((now - reading.at).text) old"))
      }
      return .success(reading)
    }
  }

  private static func missing(_ previous: TriggerState?, now: Instant, pace: PacePolicy) -> TriggerState {
    guard var state = previous else {
      var state = TriggerState(phase: .unknown, since: now)
      state.missingSince = now
      return state
    }
    let since = state.missingSince ?? now
    state.missingSince = since
    guard now - since >= pace.readingLimit else { return state }
    state.trueSince = nil
    return state.entering(.unknown, at: now)
  }
}

/// Why a reading cannot be acted on, as the end of a sentence.
struct MissingReading: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

extension TriggerState {
  fileprivate func entering(_ phase: Phase, at instant: Instant) -> TriggerState {
    var next = self
    if next.phase != phase {
      next.phase = phase
      next.since = instant
    }
    if phase != .unknown { next.missingSince = nil }
    return next
  }

  /// Firing by a reading of now: during a gap the state is kept, but nobody acts on it.
  var isActing: Bool { phase == .firing && missingSince == nil }
  /// Nothing may be concluded from it.
  var isUncertain: Bool { phase == .unknown || missingSince != nil }
}

extension Trigger {
  /// What its hold time speaks of, in 16 digits: the same for the same condition, also in another process.
  var condition: String {
    let text = "\(expression)\u{0}\(comparison.rawValue)\u{0}\(threshold)\u{0}\(fold?.rawValue ?? "")"
    // FNV-1a, 64 bits.
    let hash = text.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
