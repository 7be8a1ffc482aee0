import ConfigurationFile
import Foundation

/// The example with changes, for tests that break one thing at a time.
struct Edited {
  private var document: Any

  init() throws {
    document = try JSONSerialization.jsonObject(with: Data(try Repository.bytes("config/worker-pools.json")))
  }

  /// Puts a value, given as JSON, where the pointer says; the empty text removes what is there.
  mutating func set(_ pointer: String, _ json: String) throws {
    let value =
      json.isEmpty
      ? nil : try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    let tokens = pointer.split(separator: "/").map {
      $0.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
    }
    document = Self.set(document, tokens[...], value)
  }

  private static func set(_ node: Any, _ tokens: ArraySlice<String>, _ value: Any?) -> Any {
    guard let token = tokens.first else { return value ?? NSNull() }
    let rest = tokens.dropFirst()
    if var list = node as? [Any], let index = Int(token) {
      if index >= list.count { list.append(value ?? NSNull()) } else { list[index] = set(list[index], rest, value) }
      return list
    }
    var object = node as? [String: Any] ?? [:]
    if rest.isEmpty { object[token] = value } else { object[token] = set(object[token] ?? [:], rest, value) }
    return object
  }

  func bytes() throws -> [UInt8] { Array(try JSONSerialization.data(withJSONObject: document, options: .sortedKeys)) }

  func read(_ reader: ConfigurationReader = ConfigurationReader()) throws -> ConfigurationReader.Outcome {
    reader.read(try bytes())
  }
}
