internal import Foundation
internal import Yams

/// One document of a machine's configuration: its bytes, and what they mean.
struct ConfigurationDocument {
  /// The document without its `---` line.
  var text: String
  private(set) var root: Node
  private(set) var isChanged = false

  /// The old document of everything, which every configuration has.
  var isMain: Bool { kind == nil && root["machine"] != nil }
  /// For example `HostnameConfig`.
  var kind: String? { root["kind"]?.string }

  init(text: String) throws {
    self.text = text
    do {
      guard let node = try Yams.compose(yaml: text), node.mapping != nil else {
        throw WorkerConfiguration.refusal("holds a document that is not a mapping")
      }
      root = node
    } catch let error as YamlError {
      throw WorkerConfiguration.refusal("is not YAML (\(Self.place(of: error)))")
    }
  }

  /// Where YAML breaks, without the text there, which may be a secret.
  private static func place(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(problem) in line \(mark.line) of a document"
    case .duplicatedKeysInMapping: "a key stands twice in a mapping"
    default: "it cannot be parsed"
    }
  }

  /// The documents of a file; empty ones are dropped. `---` at the beginning of a line divides them, wherever it stands.
  static func split(_ yaml: String) throws -> [ConfigurationDocument] {
    var parts: [String] = [""]
    for line in yaml.split(separator: "\n", omittingEmptySubsequences: false) {
      let plain = line.hasSuffix("\r") ? line.dropLast() : line
      if plain == "---" || plain.hasPrefix("--- ") {
        parts.append(plain.dropFirst(3).trimmingPrefix(" ").isEmpty ? "" : String(plain.dropFirst(4)) + "\n")
      } else {
        parts[parts.count - 1] += line + "\n"
      }
    }
    guard parts.count <= TalosLimits.documents else {
      throw WorkerConfiguration.refusal("holds more than \(TalosLimits.documents) documents")
    }
    // The last line has no end of its own.
    parts[parts.count - 1].removeLast()
    return try parts.filter { !isEmpty($0) }.map { try ConfigurationDocument(text: $0) }
  }

  /// Whether a part holds nothing but comments, blank lines and the end mark.
  private static func isEmpty(_ part: String) -> Bool {
    part.split(separator: "\n").allSatisfy { line in
      let text = line.trimmingCharacters(in: .whitespaces)
      return text.isEmpty || text.hasPrefix("#") || text == "..."
    }
  }

  subscript(_ path: [String]) -> Node? { path.reduce(root as Node?) { node, key in node?[key] } }

  /// Puts a value in its place; mappings on the way are made where they are missing.
  mutating func set(_ path: [String], _ value: Node) throws {
    if self[path] == value { return }
    root = try Self.setting(root, path[...], value)
    isChanged = true
  }

  /// Takes a value away; none is no error.
  mutating func remove(_ path: [String]) throws {
    guard self[path] != nil, let last = path.last else { return }
    guard var parent = self[Array(path.dropLast())]?.mapping else { return }
    parent[Node(last)] = nil
    root = path.count == 1 ? .mapping(parent) : try Self.setting(root, path.dropLast(), .mapping(parent))
    isChanged = true
  }

  private static func setting(_ node: Node?, _ path: ArraySlice<String>, _ value: Node) throws -> Node {
    guard let key = path.first else { return value }
    var mapping: Node.Mapping
    switch node {
    case .mapping(let there): mapping = there
    // A key without a value, as generated files have them.
    case nil: mapping = Node.Mapping([])
    case .scalar(let scalar) where Node.scalar(scalar).null != nil: mapping = Node.Mapping([])
    default: throw WorkerConfiguration.refusal("has something else than a mapping where \(key) belongs")
    }
    if mapping.contains(where: { $0.key.string == "<<" }) {
      throw WorkerConfiguration.refusal("uses YAML merge keys (<<) where \(key) belongs; write the values out")
    }
    mapping[Node(key)] = try setting(mapping[Node(key)], path.dropFirst(), value)
    return .mapping(mapping)
  }

  /// The document as text: its own bytes if nothing was changed.
  func rendered() throws -> String {
    guard isChanged else { return text }
    let out: String
    do {
      out = try Yams.serialize(node: root, width: -1, allowUnicode: true)
    } catch {
      throw WorkerConfiguration.refusal("cannot be written again after the change of a document")
    }
    // Read again: what is applied must mean what was meant.
    guard let again = try? Yams.compose(yaml: out), again == root else {
      throw WorkerConfiguration.refusal("holds YAML that cannot be rewritten without changing its meaning")
    }
    return out
  }
}
