/// Keys of a file that the program does not know are refused: a misspelt one that were passed over would be a rule or
/// an expectation less.
struct KnownKeys: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }

  /// - Throws: `DecodingError` that names the first unknown key and those that there are.
  static func check<Key: CodingKey & CaseIterable>(_ decoder: any Decoder, _ known: Key.Type) throws {
    let container = try decoder.container(keyedBy: KnownKeys.self)
    let names = known.allCases.map(\.stringValue)
    let unknown = container.allKeys.map(\.stringValue).filter { !names.contains($0) }.sorted()
    guard let first = unknown.first else { return }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: decoder.codingPath,
        debugDescription: "there is no key \"\(first)\" here; known are \(names.sorted().joined(separator: ", "))"))
  }
}
