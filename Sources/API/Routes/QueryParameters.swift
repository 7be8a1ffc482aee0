import Foundation
import Hummingbird
import Model
import NIOCore

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
    try text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: try decoded(parts[0]), value: parts.count > 1 ? try decoded(parts[1]) : "")
    }
  }

  private static func decoded(_ part: Substring) throws -> String {
    guard let text = part.replacing("+", with: " ").removingPercentEncoding else {
      throw ParameterError(message: "\"\(part.prefix(100))\" is not valid percent-encoded UTF-8")
    }
    return text
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

  /// The parameter `limit`; `nil`, and 0 as Prometheus has it, stand for no limit.
  func limit() throws -> Int? {
    guard let text = first("limit") else { return nil }
    guard let count = Int(text), count >= 0 else {
      throw ParameterError(message: "\"limit\" must be a whole number of 0 or more, not \"\(text)\"")
    }
    return count == 0 ? nil : count
  }

  /// Milliseconds of a Prometheus duration; `nil` when it is none, or longer than can be counted.
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
      let (length, isTooLong) = count.multipliedReportingOverflow(by: unit.1)
      let (sum, isSumTooLong) = total.addingReportingOverflow(length)
      guard !isTooLong, !isSumTooLong else { return nil }
      total = sum
    }
    return total
  }
}
