/// The targets of Package.swift with the modules that they depend on, read from its text.
struct PackageManifest {
  /// By target, in the order of the file; products of packages by the product's name.
  private(set) var dependencies: [String: [String]] = [:]

  init(_ text: String) throws {
    // Only what follows `targets:` describes targets.
    let body = text.firstRange(of: "targets: [").map { text[$0.lowerBound...] } ?? text[...]
    for target in body.matches(of: /\.(?:executableTarget|target)\(\s*name: "(\w+)"/) {
      let rest = body[target.range.upperBound...]
      let end = rest.firstRange(of: /\.(executableTarget|target|testTarget|systemLibrary)\(\s*name:/)?.lowerBound
      let declaration = rest[..<(end ?? rest.endIndex)]
      dependencies[String(target.1)] = Self.dependencies(in: declaration)
    }
  }

  private static func dependencies(in declaration: Substring) -> [String] {
    guard let start = declaration.firstRange(of: "dependencies: [") else { return [] }
    var depth = 1
    var list = ""
    for character in declaration[start.upperBound...] {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if depth == 0 { break }
      list.append(character)
    }
    return list.matches(of: /\.product\(name: "(\w+)"[^)]*\)|"(\w+)"/).map { String($0.1 ?? $0.2 ?? "") }
  }
}
