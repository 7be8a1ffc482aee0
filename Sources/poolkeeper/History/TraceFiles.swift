public import ArgumentParser
public import Backtest
import Foundation
import PlanningBenchmarks

/// Histories out of CSV files.
enum TraceFiles {
  static func pods(_ path: String) throws -> History {
    try read(path) { bytes throws(HistoryError) in try PodTrace().history(bytes, source: name(path)) }
  }

  static func series(_ path: String, _ series: LoadSeries) throws -> History {
    try read(path) { bytes throws(HistoryError) in try series.history(bytes, source: name(path)) }
  }

  /// Only what its pods ask for.
  static func figures(_ path: String) throws -> TracePods {
    try read(path) { bytes throws(HistoryError) in try TracePods(bytes) }
  }

  private static func read<Value>(
    _ path: String, _ value: (Data) throws(HistoryError) -> Value
  ) throws -> Value {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure(.environment, "The file \(path) cannot be read: \(error.localizedDescription)")
    }
    do { return try value(data) } catch { throw Failure(.usage, "\(path) cannot be read: \(error)") }
  }

  private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
}

extension LoadSeries.Meaning: ExpressibleByArgument {}
