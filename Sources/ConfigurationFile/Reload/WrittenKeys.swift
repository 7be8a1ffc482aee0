/// What one reading of a file says, key by key, to be compared with another reading of it. It never tells a value.
///
/// Lists count as one value: what is inserted at their beginning would otherwise change all their elements.
public struct WrittenKeys: Sendable, Equatable {
  /// By JSON pointer: the value, with its variables put in.
  private var values: [String: Secret] = [:]

  /// Of a file that says nothing.
  public init() {}

  init(_ document: JSONNode) { add(document, at: .root) }

  private mutating func add(_ node: JSONNode, at pointer: JSONPointer) {
    guard case .object(let members) = node.content, !members.isEmpty else {
      // Notes for people and editors change nothing.
      if !Self.notes.contains(pointer.text) { values[pointer.text] = Secret(Self.text(of: node)) }
      return
    }
    for member in members { add(member.value, at: pointer.appending(member.name)) }
  }

  /// Keys that only people and editors read.
  private static let notes: Set<String> = ["/$schema", "/last_updated", "/version"]

  /// One text for each value: equal values have equal texts.
  private static func text(of node: JSONNode) -> String {
    switch node.content {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let number): "\(number.value)"
    case .text(let text): JSONText.quoted(text)
    case .list(let nodes): "[" + nodes.map(text(of:)).joined(separator: ",") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.name < $1.name }.map { "\(JSONText.quoted($0.name)):\(text(of: $0.value))" }
        .joined(separator: ",") + "}"
    }
  }

  /// What differs from an earlier reading, sorted by pointer.
  public func changes(from earlier: WrittenKeys) -> [KeyChange] {
    let pointers = Set(values.keys).union(earlier.values.keys).sorted()
    return pointers.compactMap { pointer in
      switch (earlier.values[pointer], values[pointer]) {
      case (nil, _?): KeyChange(pointer: pointer, kind: .added)
      case (_?, nil): KeyChange(pointer: pointer, kind: .removed)
      case (let old, let new): old == new ? nil : KeyChange(pointer: pointer, kind: .changed)
      }
    }
  }
}

/// A key that another reading of the file says differently.
public struct KeyChange: Hashable, Sendable {
  /// In which way it differs.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case added, removed, changed
  }

  /// RFC 6901 JSON pointer.
  public var pointer: String
  /// In which way it differs.
  public var kind: Kind

  /// A change of one key.
  public init(pointer: String, kind: Kind) {
    self.pointer = pointer
    self.kind = kind
  }

  /// Whether the running program cannot take it over: it holds from the next start on.
  public var needsRestart: Bool {
    FixedKeys.pointers.contains { pointer == $0 || pointer.hasPrefix($0 + "/") }
  }
}
