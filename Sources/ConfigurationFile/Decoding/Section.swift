import Model

/// An object of a checked document together with its keys: absent keys give their defaults.
///
/// Asking for a key that the table of keys does not have is a fault of the program and traps.
struct Section {
  var fields: [Field]
  var node: JSONNode?
  var pointer: JSONPointer

  init(fields: [Field], node: JSONNode?, pointer: JSONPointer) {
    self.fields = fields
    self.node = node
    self.pointer = pointer
  }

  init(_ shape: Shape, node: JSONNode?, pointer: JSONPointer) {
    guard case .object(let fields, _) = shape else { preconditionFailure("\(pointer.text) is no object") }
    self.init(fields: fields, node: node, pointer: pointer)
  }

  private func field(_ name: String) -> Field {
    guard let field = fields.first(where: { $0.name == name }) else {
      preconditionFailure("the table of keys has no \(pointer.text)/\(name)")
    }
    return field
  }

  /// Whether the key stands in the file, with a value of its shape.
  func has(_ name: String) -> Bool { node?[field(name).name] != nil }

  /// Whether this object itself stands in the file.
  var isPresent: Bool { node != nil }

  func section(_ name: String) -> Section {
    Section(field(name).shape, node: node?[name], pointer: pointer.appending(name))
  }

  /// The pointer of a key below.
  func at(_ names: String...) -> JSONPointer { pointer.appending(names) }

  // MARK: Scalars

  func optionalText(_ name: String) -> String? {
    let field = field(name)
    if case .text(let text)? = node?[name]?.content { return text }
    if case .text(let text)? = field.standard { return text }
    return nil
  }

  func text(_ name: String) -> String { optionalText(name) ?? "" }

  func optionalNumber(_ name: String) -> Double? {
    let field = field(name)
    if case .number(let number)? = node?[name]?.content { return number.value }
    switch field.standard {
    case .number(let number): return number
    case .integer(let number): return Double(number)
    default: return nil
    }
  }

  func number(_ name: String) -> Double {
    guard let number = optionalNumber(name) else { preconditionFailure("\(pointer.text)/\(name) has no default") }
    return number
  }

  func optionalInteger(_ name: String) -> Int? { optionalNumber(name).flatMap { Int(exactly: $0) } }

  func integer(_ name: String) -> Int { Int(number(name)) }

  func boolean(_ name: String) -> Bool {
    let field = field(name)
    if case .boolean(let value)? = node?[name]?.content { return value }
    guard case .boolean(let value)? = field.standard else {
      preconditionFailure("\(pointer.text)/\(name) has no default")
    }
    return value
  }

  /// The value of a choice; its names and the cases' raw values are the same by a test.
  func choice<Choice: RawRepresentable>(_ name: String, _ type: Choice.Type = Choice.self) -> Choice?
  where Choice.RawValue == String { optionalText(name).flatMap { Choice(rawValue: $0) } }

  /// A number in the key's own unit as a duration, to the millisecond.
  func optionalDuration(_ name: String) -> Duration? {
    guard let number = optionalNumber(name) else { return nil }
    switch field(name).unit {
    case .seconds: return .milliseconds(Int64((number * 1000).rounded()))
    case .minutes: return .milliseconds(Int64((number * 60_000).rounded()))
    case .hours: return .milliseconds(Int64((number * 3_600_000).rounded()))
    default: preconditionFailure("\(pointer.text)/\(name) is no time")
    }
  }

  func duration(_ name: String) -> Duration {
    guard let duration = optionalDuration(name) else { preconditionFailure("\(pointer.text)/\(name) has no default") }
    return duration
  }

  func money(_ name: String) -> Money? { optionalNumber(name).map { Money($0) } }

  // MARK: Many

  func texts(_ name: String) -> [String] {
    let field = field(name)
    if case .list(let nodes)? = node?[name]?.content {
      return nodes.compactMap { if case .text(let text) = $0.content { text } else { nil } }
    }
    if case .texts(let texts)? = field.standard { return texts }
    return []
  }

  /// The objects of a list.
  func sections(_ name: String) -> [Section] {
    guard case .list(let element) = field(name).shape else { preconditionFailure("\(pointer.text)/\(name) is no list") }
    guard case .list(let nodes)? = node?[name]?.content else { return [] }
    return nodes.enumerated().map { index, node in
      Section(element, node: node, pointer: pointer.appending(name).appending(String(index)))
    }
  }

  /// The values under keys that the author named, sorted by name.
  func entries(_ name: String) -> [(name: String, section: Section)] {
    guard case .object(let fields, let others?) = field(name).shape else {
      preconditionFailure("\(pointer.text)/\(name) has no keys of the author's own")
    }
    let below = pointer.appending(name)
    return named(in: node?[name], besides: fields).map { member in
      (member.name, Section(others.shape, node: member.value, pointer: below.appending(member.name)))
    }
  }

  /// Texts, numbers and booleans under keys that the author named, as texts.
  func scalars(_ name: String) -> [String: String] {
    guard case .object(let fields, _?) = field(name).shape else {
      preconditionFailure("\(pointer.text)/\(name) has no keys of the author's own")
    }
    var result: [String: String] = [:]
    for member in named(in: node?[name], besides: fields) {
      switch member.value.content {
      case .text(let text): result[member.name] = text
      case .number(let number): result[member.name] = number.spelling
      case .boolean(let value): result[member.name] = String(value)
      default: break
      }
    }
    return result
  }

  private func named(in node: JSONNode?, besides fields: [Field]) -> [JSONMember] {
    guard case .object(let members)? = node?.content else { return [] }
    return members.filter { member in !fields.contains { $0.name == member.name } }.sorted { $0.name < $1.name }
  }
}
