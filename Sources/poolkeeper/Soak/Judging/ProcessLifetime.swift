import Foundation

/// One process of the server, from its start to its end, and what it held meanwhile.
struct ProcessLifetime: Hashable, Sendable {
  /// More samples of one life are thinned out: every other one goes, and later ones come half as often.
  static let mostSamples = 4_000

  /// 1 for the first.
  var number: Int
  var samples: [ProcessSample] = []
  private var stride = 1
  private var looks = 0

  init(number: Int) { self.number = number }

  mutating func note(_ sample: ProcessSample) {
    looks += 1
    guard looks.isMultiple(of: stride) else { return }
    samples.append(sample)
    guard samples.count > Self.mostSamples else { return }
    samples = samples.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    stride *= 2
  }

  /// Seconds.
  var age: Double { samples.last?.age ?? 0 }

  /// One a figure; empty when it was too short to tell.
  var judgements: [LeakJudgement] { LeakingFigure.allCases.compactMap { LeakJudgement($0, samples) } }
}

/// Looks at a process from outside. Source: proc(5).
enum ProcessLook {
  /// - Returns: `nil` when there is no such process, or the system does not tell.
  static func sample(of process: Int32, age: Double) -> ProcessSample? {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd"),
      let resident = kibibytes("VmRSS:", in: status), let anonymous = kibibytes("RssAnon:", in: status)
    else { return nil }
    return ProcessSample(
      age: age, resident: resident * 1024, anonymous: anonymous * 1024, descriptors: Double(files.count))
  }

  static func kibibytes(_ name: String, in status: String) -> Double? {
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
    let parts = line.dropFirst(name.count).split(whereSeparator: \.isWhitespace)
    return parts.count == 2 && parts[1] == "kB" ? Double(parts[0]) : nil
  }
}
