public import Foundation

/// How the control API writes JSON: snake case, keys sorted, so that the same answer is the same text. Keys of maps
/// (labels, names, states) stay as they are. Numbers that JSON does not have are the texts `+Inf`, `-Inf` and `NaN`.
public enum JSONFormat {
  /// Writes answers.
  public static func encoder(pretty: Bool = false) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    encoder.outputFormatting =
      pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  /// Reads what `encoder` has written.
  public static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    return decoder
  }

  /// A decoding error as a sentence with the place of the mistake.
  /// - Parameter spelling: how the keys of the types are written in JSON.
  public static func explain(_ error: any Error, spelling: (String) -> String = snakeCase) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(place(context, spelling)) lacks \"\(spelling(key.stringValue))\"."
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(place(context, spelling)) must be \(name(of: type))."
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "The body is not valid JSON." : "\(place(context, spelling)) is not valid: \(context.debugDescription)"
    @unknown default: return "The body is not valid JSON for this call."
    }
  }

  /// The JSON pointer of a mistake.
  private static func place(_ context: DecodingError.Context, _ spelling: (String) -> String) -> String {
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? spelling($0.stringValue) }
    return path.isEmpty ? "The body" : "/" + path.joined(separator: "/")
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is Int.Type, is Int64.Type: "a whole number"
    case is Double.Type: "a number"
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any DictionaryType.Type: "an object"
    case is any ArrayType.Type: "a list"
    default: "a \(type)"
    }
  }

  /// `timeToLive` as `time_to_live`.
  public static func snakeCase(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
  }
}

private protocol DictionaryType {}
extension Dictionary: DictionaryType {}
private protocol ArrayType {}
extension Array: ArrayType {}
