import Foundation
import Hummingbird
import Model
import NIOCore

/// The parameters of a Prometheus API call: from the URL, and from the body of a form POST.
struct QueryParameters {
  private let values: [(name: String, value: String)]

  /// Form bodies beyond this are refused; expressions are far smaller.
  static let maximumBody = 1_048_576

  init(_ request: Request) async throws {
    var values = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
    if request.method == .post {
      let body: ByteBuffer
      do { body = try await request.body.collect(upTo: Self.maximumBody) } catch {
        throw ParameterError(message: "the form is larger than \(Self.maximumBody) bytes or was cut off")
      }
      values += Self.form(String(buffer: body))
    }
    self.values = values.map { (name: $0.0, value: $0.1) }
  }

  static func form(_ text: String) -> [(String, String)] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      func decoded(_ part: Substring) -> String {
        part.replacing("+", with: " ").removingPercentEncoding ?? String(part)
      }
      return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
    }
  }

  func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }
  func first(_ name: String) -> String? { values.first { $0.name == name && !$0.value.isEmpty }?.value }

  func required(_ name: String) throws -> String {
    guard let value = first(name) else { throw ParameterError(message: "the parameter \"\(name)\" is missing") }
    return value
  }

  /// Milliseconds since the Unix epoch: from Unix seconds, fractions allowed, or RFC 3339.
  func time(_ name: String) throws -> Int64? {
    guard let text = first(name) else { return nil }
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < 9e15 {
      return Int64((seconds * 1000).rounded())
    }
    if let instant = Instant(rfc3339: text) { return instant.milliseconds }
    throw ParameterError(message: "\"\(name)\" is no time: give Unix seconds or RFC 3339, not \"\(text)\"")
  }

  func requiredTime(_ name: String) throws -> Int64 {
    guard let time = try time(name) else { throw ParameterError(message: "the parameter \"\(name)\" is missing") }
    return time
  }

  /// Milliseconds: from seconds, fractions allowed, or a Prometheus duration such as `1m30s`.
  func length(_ name: String) throws -> Int64? {
    guard let text = first(name) else { return nil }
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < 9e12 { return Int64((seconds * 1000).rounded()) }
    if let milliseconds = Self.duration(text) { return milliseconds }
    throw ParameterError(message: "\"\(name)\" is no length of time: give seconds or e.g. 1m30s, not \"\(text)\"")
  }

  func count(_ name: String) throws -> Int? {
    guard let text = first(name) else { return nil }
    guard let count = Int(text), count >= 0 else {
      throw ParameterError(message: "\"\(name)\" must be a whole number of 0 or more, not \"\(text)\"")
    }
    return count
  }

  static func duration(_ text: String) -> Int64? {
    let units: [(String, Int64)] = [
      ("ms", 1), ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000),
      ("s", 1000),
    ]
    var rest = Substring(text)
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let count = Int64(digits), count < 1_000_000_000 else { return nil }
      rest = rest.dropFirst(digits.count)
      guard let unit = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
      rest = rest.dropFirst(unit.0.count)
      total += count * unit.1
    }
    return total
  }
}
