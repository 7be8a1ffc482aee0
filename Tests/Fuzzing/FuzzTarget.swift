/// What takes bytes from outside, and must survive any of them.
enum FuzzTarget: String, CaseIterable, Sendable {
  /// Messages of remote write 1.0, after decompression.
  case wire1
  /// Messages of remote write 2.0.
  case wire2
  /// Whole bodies, compressed.
  case snappy
  /// Segments of the write-ahead log.
  case log
  /// Snapshots.
  case snapshot
  /// PromQL expressions, evaluated over a small store.
  case promql
  /// Configuration files.
  case configuration

  /// Gives the bytes to the target.
  /// - Throws: `FuzzFinding` when something that always holds does not.
  func run(_ bytes: UnsafeRawBufferPointer) throws {
    switch self {
    case .wire1: try WireTarget.runVersion1(bytes)
    case .wire2: try WireTarget.runVersion2(bytes)
    case .snappy: try SnappyTarget.run(bytes)
    case .log: try FileTarget.runLog(bytes)
    case .snapshot: try FileTarget.runSnapshot(bytes)
    case .promql: try PromQLTarget.run(bytes)
    case .configuration: try ConfigurationTarget.run(bytes)
    }
  }

  func run(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try run($0) } }
}

/// Something that always holds and did not.
struct FuzzFinding: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static func check(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
    if !condition { throw FuzzFinding(sentence()) }
  }
}
