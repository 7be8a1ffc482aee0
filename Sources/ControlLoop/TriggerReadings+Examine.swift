public import Model
public import Ports

/// Looks whether triggers have readings.
public enum ReadingExamination {
  /// Evaluates each trigger's expression once.
  /// - Returns: what was found; triggers with a reading in one line, those without one each in its own.
  public static func examine(
    _ triggers: [Trigger], from source: any MetricSource, at now: Instant
  ) async -> [ConnectionFinding] {
    let readings = await TriggerReadings.read(triggers, from: source, at: now)
    var findings: [ConnectionFinding] = []
    var known: [String] = []
    for trigger in triggers {
      switch readings[trigger.name] {
      case .known(let reading, _): known.append("\(trigger.name) = \(Self.shown(reading.value))")
      case .unknown(let reason):
        findings.append(
          ConnectionFinding(
            .missing, reason,
            remedy: "Until it has one, nothing grows or shrinks because of it: check the exporters, and the expression."
          ))
      case nil: break
      }
    }
    guard !known.isEmpty else { return findings }
    return [ConnectionFinding(.fine, "Readings: \(known.joined(separator: ", ")).")] + findings
  }

  private static func shown(_ value: Double) -> String {
    let hundredths = (value * 100).rounded() / 100
    return hundredths == hundredths.rounded() && abs(hundredths) < 1e15 ? "\(Int64(hundredths))" : "\(hundredths)"
  }
}
