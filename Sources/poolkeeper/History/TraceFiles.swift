public import ArgumentParser
public import Backtest
import Foundation

/// Histories out of CSV files.
enum TraceFiles {
  /// Bytes of one file.
  static let mostBytes = 1 << 30

  static func pods(_ path: String) throws -> History {
    try history(path) { bytes throws(HistoryError) in try PodTrace().history(bytes, source: name(path)) }
  }

  static func series(_ path: String, _ series: LoadSeries) throws -> History {
    try history(path) { bytes throws(HistoryError) in try series.history(bytes, source: name(path)) }
  }

  private static func history(
    _ path: String, _ read: (Data) throws(HistoryError) -> History
  ) throws -> History {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure(.environment, "The file \(path) cannot be read: \(error.localizedDescription)")
    }
    guard data.count <= mostBytes else {
      throw Failure(.usage, "The file \(path) has more than \(mostBytes) bytes: give a part of it.")
    }
    do { return try read(data) } catch { throw Failure(.usage, "\(path) cannot be taken for a history: \(error)") }
  }

  private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
}

extension LoadSeries.Meaning: ExpressibleByArgument {}
