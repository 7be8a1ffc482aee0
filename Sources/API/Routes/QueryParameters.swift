import Foundation
import Hummingbird
import Model
import NIOCore
import PromQL

/// The parameters of a Prometheus API call: from the URL, and from the body of a form POST.
struct QueryParameters: Sendable {
  private let values: [(name: String, value: String)]

  init(_ request: Request) async throws {
    var values = try Self.form(request.uri.query ?? "")
    if request.method == .post {
      let body: ByteBuffer
      do { body = try await request.body.collect(upTo: ServerLimits.formBody) } catch is NIOTooManyBytesError {
        throw ParameterError(message: "the form is larger than \(ServerLimits.formBody) bytes")
      } catch {
        throw ParameterError(message: "the form was cut off")
      }
      let type = request.headers[.contentType]?.lowercased() ?? Self.formType
      guard body.readableBytes == 0 || type.hasPrefix(Self.formType) else {
        throw ParameterError(message: "send parameters as \(Self.formType), not as \"\(type.prefix(100))\"")
      }
      values += try Self.form(String(buffer: body))
    }
    guard values.count <= ServerLimits.parameters else {
      throw ParameterError(message: "more than \(ServerLimits.parameters) parameters")
    }
    self.values = values
  }

  private static let formType = "application/x-www-form-urlencoded"

  /// The pairs of a URL's query or of a form; names are encoded like values (`match%5B%5D`).
  static func form(_ text: String) throws -> [(name: String, value: String)] {
    try text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (name: try decoded(parts[0]), value: parts.count > 1 ? try decoded(parts[1]) : "")
    }
  }

  private static func decoded(_ part: Substring.UTF8View) throws -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(part.count)
    var rest = part.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else {
          throw malformed(part)
        }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed(part) }
    return text
  }

  private static func malformed(_ part: Substring.UTF8View) -> ParameterError {
    ParameterError(message: "\"\(Substring(part).prefix(100))\" is not valid percent-encoded UTF-8")
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }
  func first(_ name: String) -> String? { values.first { $0.name == name && !$0.value.isEmpty }?.value }

  func required(_ name: String) throws -> String {
    guard let value = first(name) else { throw ParameterError(name, "the parameter \"\(name)\" is missing") }
    return value
  }

  /// The expression in `query`.
  func query() throws -> Query {
    let text = try required("query")
    do { return try Query(parse: text) } catch { throw ParameterError("query", "\(error)") }
  }

  /// Milliseconds since the Unix epoch: from Unix seconds, fractions allowed, or RFC 3339.
  func time(_ name: String) throws -> Int64? {
    guard let text = first(name) else { return nil }
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < 9e15 {
      return Int64((seconds * 1000).rounded())
    }
    if let instant = Instant(rfc3339: text) { return instant.milliseconds }
    throw ParameterError(name, "\"\(text.prefix(100))\" is no time: give Unix seconds or RFC 3339")
  }

  func requiredTime(_ name: String) throws -> Int64 {
    guard let time = try time(name) else { throw ParameterError(name, "the parameter \"\(name)\" is missing") }
    return time
  }

  /// Milliseconds: from seconds, fractions allowed, or a Prometheus duration such as `1m30s`.
  func length(_ name: String) throws -> Int64? {
    guard let text = first(name) else { return nil }
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < 9e12 { return Int64((seconds * 1000).rounded()) }
    if let milliseconds = DurationFormat.milliseconds(text) { return milliseconds }
    throw ParameterError(name, "\"\(text.prefix(100))\" is no length of time: give seconds or e.g. 1m30s")
  }

  /// The parameter `limit`; `nil`, and 0 as Prometheus has it, stand for no limit.
  func limit() throws -> Int? {
    guard let text = first("limit") else { return nil }
    guard let count = Int(text), count >= 0 else {
      throw ParameterError("limit", "it must be a whole number of 0 or more, not \"\(text.prefix(100))\"")
    }
    return count == 0 ? nil : count
  }
}
