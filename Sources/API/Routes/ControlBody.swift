import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What a control call takes as its body.
protocol ControlBodyFields: Decodable {
  /// The keys that it may have, as they are written.
  static var keys: [String] { get }
  static var example: String { get }
  /// What an empty body stands for; `nil` when there must be one.
  static var whenEmpty: Self? { get }
}

extension ScaleBody: ControlBodyFields {
  static var keys: [String] { ["reason", "request_id", "template", "ttl_hours", "workers"] }
  static var example: String { #"{"workers":5,"template":"medium","ttl_hours":4}"# }
  static var whenEmpty: ScaleBody? { nil }
}

extension ExtendBody: ControlBodyFields {
  static var keys: [String] { ["hours", "reason"] }
  static var example: String { #"{"hours":2}"# }
  static var whenEmpty: ExtendBody? { ExtendBody() }
}

/// Reads bodies of control calls.
enum ControlBody {
  /// - Throws: `RefusedCall` with a sentence that shows how it would be right. A key that is not known is refused: a
  ///   misspelt time to live that were passed over would cost money.
  static func decode<Body: ControlBodyFields>(_ type: Body.Type, _ request: Request) async throws -> Body {
    let bytes: ByteBuffer
    do { bytes = try await request.body.collect(upTo: ServerLimits.controlBody) } catch is NIOTooManyBytesError {
      throw RefusedCall(
        status: .contentTooLarge, code: "too_large",
        message: "The body is larger than \(ServerLimits.controlBody) bytes. Send for example \(Body.example).")
    } catch {
      throw RefusedCall.invalid("The body was cut off.")
    }
    AuditNote.current?.tell(order: bytes)
    let data = Data(bytes.readableBytesView)
    if data.isEmpty {
      guard let body = Body.whenEmpty else {
        throw RefusedCall.invalid("The body is empty. Send for example \(Body.example).")
      }
      return body
    }
    do {
      let unknown = try JSONDecoder().decode(Keys.self, from: data).names.filter { !Body.keys.contains($0) }.sorted()
      if let first = unknown.first {
        throw RefusedCall.invalid(
          "There is no key \"\(first.prefix(100))\"; known are \(Body.keys.joined(separator: ", ")). "
            + "Send for example \(Body.example).")
      }
      return try JSONFormat.decoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw RefusedCall.invalid("\(JSONFormat.explain(error)) Send for example \(Body.example).")
    }
  }

  /// The keys of an object, whatever they hold.
  private struct Keys: Decodable {
    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    let names: [String]

    init(from decoder: any Decoder) throws {
      names = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue)
    }
  }
}
