public import Foundation

/// How the control API writes JSON: snake case, keys sorted, so that the same answer is the same text.
public enum JSONFormat {
  public static func encoder(pretty: Bool = false) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
      pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  public static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  /// A decoding error as a sentence with the place of the mistake.
  public static func explain(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
      return path.isEmpty ? "The body" : "/" + path.joined(separator: "/")
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context)) lacks \"\(snakeCase(key.stringValue))\"."
    case .typeMismatch(let type, let context): return "\(place(context)) has the wrong type; expected \(type)."
    case .valueNotFound(let type, let context): return "\(place(context)) is null; expected \(type)."
    case .dataCorrupted(let context): return "\(place(context)) is not valid: \(context.debugDescription)"
    @unknown default: return "The body is not valid JSON for this call."
    }
  }

  private static func snakeCase(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
  }
}
