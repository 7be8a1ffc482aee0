/// A machine's tags, as Proxmox keeps them: lower case, sorted, without repetition.
struct TagList: Sendable, Hashable, CustomStringConvertible {
  private(set) var tags: [String]

  init(_ tags: [String]) { self.tags = Set(tags.map { $0.lowercased() }.filter { !$0.isEmpty }).sorted() }

  /// Of a text; semicolons, commas and spaces separate.
  init(_ text: String) { self.init(text.split { ";, ".contains($0) }.map(String.init)) }

  func contains(_ tag: String) -> Bool { tags.contains(tag) }

  func adding(_ more: [String]) -> TagList { TagList(tags + more) }

  /// Joined by semicolons.
  var description: String { tags.joined(separator: ";") }

  /// What Proxmox takes as a tag: letters, digits, `_.+-`, the first of them a letter, digit or `_`.
  static func sanitized(_ text: String) -> String {
    let kept = text.lowercased().unicodeScalars.map { scalar -> Character in
      let allowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      return allowed || "_.+-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
    }
    return String(kept.drop { ".+-".contains($0) })
  }
}
