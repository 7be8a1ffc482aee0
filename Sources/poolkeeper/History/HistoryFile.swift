import API
import Backtest
import Foundation

/// A history's file: JSON, or gzip of it where the name ends in `.gz`.
enum HistoryFile {
  /// Bytes of a history's file after it is expanded.
  static let mostBytes = 2 << 30

  static func write(_ history: History, to path: String) throws {
    var data = try SavedHistory.bytes(of: history, program: Poolkeeper.version)
    if path.hasSuffix(".gz") { data = Data(try Gzip.compressed([UInt8](data))) }
    do { try data.write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw Failure(.environment, "The file \(path) cannot be written: \(error.localizedDescription)")
    }
  }

  static func read(_ path: String) throws -> History {
    var data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure(.environment, "The file \(path) cannot be read: \(error.localizedDescription)")
    }
    do {
      if Gzip.isGzip([UInt8](data.prefix(2))) { data = Data(try Gzip.expanded([UInt8](data), most: mostBytes)) }
    } catch { throw Failure(.usage, "\(path) cannot be taken for a history: \(error)") }
    do { return try SavedHistory.history(from: data) } catch {
      throw Failure(.usage, "\(path) cannot be taken for a history: \(error)")
    }
  }
}
