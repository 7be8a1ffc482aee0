public import Foundation
public import Model

/// A snapshot, the policy that it was decided by, and the plan that came of it: the answer of `GET /api/v1/snapshot` and
/// the file of `poolkeeper plan --save`.
///
/// Its JSON has the program's own names, so that whatever a decision comes to rest on is in it; equal values give equal
/// bytes. It is for the version that wrote it, not an interface between versions.
public struct SavedSnapshot: Codable, Sendable, Equatable {
  /// The form that this version writes and reads.
  public static let currentFormat = 1

  /// The form of the file.
  public var format: Int
  /// The program that wrote it.
  public var version: String
  /// What decisions follow.
  public var policy: Policy
  /// Everything that the decision rests on.
  public var snapshot: Snapshot
  /// What the program that wrote it decided.
  public var plan: Plan

  /// A decision with all that it rests on.
  public init(version: String, policy: Policy, snapshot: Snapshot, plan: Plan) {
    format = Self.currentFormat
    self.version = version
    self.policy = policy
    self.snapshot = snapshot
    self.plan = plan
  }

  /// Why a file cannot be read, in a sentence.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public var description: String
  }

  /// Reads what `bytes` wrote.
  public init(_ data: Data) throws(Fault) {
    struct Head: Decodable {
      var format: Int
      var version: String
    }
    let head: Head
    do { head = try Self.decoder().decode(Head.self, from: data) } catch {
      throw Fault(description: "it is no snapshot as \"poolkeeper plan --save FILE\" writes it.")
    }
    guard head.format == Self.currentFormat else {
      throw Fault(
        description: "it has the form \(head.format), and this version reads the form \(Self.currentFormat): "
          + "use poolkeeper \(head.version), which wrote it.")
    }
    do { self = try Self.decoder().decode(SavedSnapshot.self, from: data) } catch {
      throw Fault(
        description: "\(Self.explain(error)) It was written by poolkeeper \(head.version); read it with that version.")
    }
  }

  /// The file: JSON in one line with its end, keys sorted.
  public func bytes() throws -> Data {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  private static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    return decoder
  }

  private static func explain(_ error: any Error) -> String {
    let context: DecodingError.Context
    switch error as? DecodingError {
    case .keyNotFound(let key, let found): return "It lacks \(place(found))/\(key.stringValue)."
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
    default: return "It cannot be read (\(error))."
    }
    return "\(place(context)) is not as it should be (\(context.debugDescription))."
  }

  private static func place(_ context: DecodingError.Context) -> String {
    context.codingPath.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
  }
}
