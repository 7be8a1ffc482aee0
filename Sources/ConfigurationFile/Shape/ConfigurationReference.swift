/// The reference of every key, as Markdown tables; made of the same table as the reader.
public enum ConfigurationReference {
  /// One key.
  public struct Entry: Sendable, Hashable {
    /// Names joined by dots; capitals stand for names that the author chooses: `worker_templates.TEMPLATE.resources`.
    public var path: String
    /// The type, with the values of a choice and the bounds of a number.
    public var type: String
    /// `—` without one.
    public var unit: String
    /// The default in words or as JSON.
    public var standard: String
    /// What the key is for.
    public var meaning: String
  }

  /// Every key in the order of the file.
  public static func entries() -> [Entry] { sections().flatMap(\.entries) }

  /// A heading and a table for every object that has keys of its own.
  public static func markdown() -> String {
    sections().map { section in
      let heading = section.path.isEmpty ? "The file" : "`\(section.path)`"
      let rows = section.entries.map { entry in
        let name = entry.path.dropFirst(section.path.isEmpty ? 0 : section.path.utf8.count + 1)
        return "| `\(name)` | \(entry.type) | \(entry.unit) | \(escaped(entry.standard)) | \(escaped(entry.meaning)) |"
      }
      return "### \(heading)\n\n| key | type | unit | default | meaning |\n|---|---|---|---|---|\n"
        + rows.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  private struct Part {
    var path: String
    var entries: [Entry]
  }

  private static func escaped(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }

  private static func sections() -> [Part] { parts(of: Keys.root, at: "") }

  private static func parts(of shape: Shape, at path: String) -> [Part] {
    guard case .object(let fields, let others) = shape else { return [] }
    func below(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
    var entries = fields.map { entry($0, at: below($0.name)) }
    var parts: [Part] = []
    for field in fields { parts += self.parts(inside: field.shape, at: below(field.name)) }
    if let others {
      let type = choices(of: others.shape)
      entries.append(
        Entry(path: below(others.placeholder), type: type, unit: "—", standard: "none", meaning: others.meaning))
      parts += self.parts(inside: others.shape, at: below(others.placeholder))
    }
    return [Part(path: path, entries: entries)] + parts
  }

  private static func parts(inside shape: Shape, at path: String) -> [Part] {
    if case .list(let element) = shape { return parts(of: element, at: path + "[]") }
    return parts(of: shape, at: path)
  }

  private static func entry(_ field: Field, at path: String) -> Entry {
    let isText = field.standard != nil && field.standardNote == nil
    return Entry(
      path: path, type: choices(of: field.shape) + (field.secret ? ", secret" : ""), unit: field.unit?.rawValue ?? "—",
      standard: isText ? "`\(field.standardText)`" : field.standardText, meaning: field.meaning)
  }

  /// The type, with the values of a choice and the bounds of a number.
  private static func choices(of shape: Shape) -> String {
    switch shape {
    case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
    case .integer(let range): "integer \(range.lowerBound) … \(range.upperBound)"
    case .number(let range) where range.upperBound < 1e300:
      "number \(JSONText.number(range.lowerBound)) … \(JSONText.number(range.upperBound))"
    default: shape.type
    }
  }
}
