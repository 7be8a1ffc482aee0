import Foundation
import Testing

/// The operator's file with some values of a test's own.
enum EditedConfiguration {
  /// Writes it into a directory.
  /// - Parameter changes: values by their paths; a path of one that is not there is made.
  /// - Returns: the file's path.
  static func write(in directory: URL, _ changes: [(path: String, value: Any)]) throws -> String {
    let source = try Data(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"))
    var root = try #require(try JSONSerialization.jsonObject(with: source) as? [String: Any])
    for change in changes {
      root = changed(root, change.path.split(separator: "/").map(String.init)[...], change.value)
    }
    let file = directory.appendingPathComponent("worker-pools-\(UUID().uuidString).json")
    try JSONSerialization.data(withJSONObject: root).write(to: file)
    return file.path
  }

  static func changed(_ object: [String: Any], _ path: ArraySlice<String>, _ value: Any) -> [String: Any] {
    var object = object
    guard let first = path.first else { return object }
    object[first] =
      path.count == 1 ? value : changed(object[first] as? [String: Any] ?? [:], path.dropFirst(), value)
    return object
  }
}
