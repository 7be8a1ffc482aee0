/// Which numbered samples of one sender the server has acknowledged, and which of them it has. Pure.
struct AcknowledgedSamples: Hashable, Sendable {
  /// The values by their times, in Unix milliseconds.
  private(set) var values: [Int64: Double] = [:]
  /// Samples that were answered otherwise, or not at all; they may or may not be there.
  private(set) var unknown = 0

  /// The server answered a request with this sample; `nil`: not at all.
  mutating func note(_ value: Double, at time: Int64, status: Int?) {
    if let status, (200...299).contains(status) { values[time] = value } else { unknown += 1 }
  }

  /// From the first to the last, in spans of at most so many milliseconds; both ends belong to them.
  func spans(of length: Int64) -> [ClosedRange<Int64>] {
    guard let first = values.keys.min(), let last = values.keys.max(), length > 0 else { return [] }
    return stride(from: first, through: last, by: Int64.Stride(length)).map { $0...min(last, $0 + length - 1) }
  }

  /// The times of those within the span that the server does not have, or has with another value; sorted.
  func lost(in span: ClosedRange<Int64>, found: [Int64: Double]) -> [Int64] {
    values.filter { span.contains($0.key) && found[$0.key] != $0.value }.map(\.key).sorted()
  }
}
