/// Puts environment variables into texts: `${NAME}`; `$$` is a dollar sign; any other `$` stands for itself.
///
/// Where NAME is not set (or empty) and NAME_FILE names a file, the file's text is taken, without its last line break.
struct VariableExpander {
  /// Why a variable could not be put in.
  enum Fault: Equatable {
    /// Neither NAME nor NAME_FILE is set.
    case missing(String)
    /// NAME_FILE names a file that cannot be read.
    case unreadable(variable: String, path: String, reason: String)
    /// A `${` without a proper name and `}`.
    case malformed(String)
  }

  /// Bytes of a file that holds a secret.
  static let maximumFileBytes = 64 << 10

  var environment: [String: String]
  var readFile: (String) throws -> [UInt8]

  /// The text with its variables put in, and what stood in the way; a variable with a fault leaves nothing.
  func expand(_ text: String) -> (text: String, faults: [Fault], usedVariables: Bool) {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return (text, [], false) }
    var result = ""
    var faults: [Fault] = []
    var used = false
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        result += "$"
        rest = rest.dropFirst()
      } else if rest.first == "{" {
        guard let end = rest.firstIndex(of: "}") else {
          faults.append(.malformed("${ is not closed."))
          return (result, faults, used)
        }
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        rest = rest[rest.index(after: end)...]
        used = true
        switch value(of: name) {
        case .success(let value): result += value
        case .failure(let failure): faults.append(failure.fault)
        }
      } else {
        result += "$"
      }
    }
    return (result + rest, faults, used)
  }

  struct Failure: Error { var fault: Fault }

  func value(of name: String) -> Result<String, Failure> {
    let bytes = Array(name.utf8)
    let isName =
      !bytes.isEmpty
      && bytes.allSatisfy {
        (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
          || $0 == UInt8(ascii: "_")
      }
    guard isName, !(0x30...0x39).contains(bytes[0]) else {
      return .failure(Failure(fault: .malformed("${\(name)} does not name a variable.")))
    }
    if let value = environment[name], !value.isEmpty { return .success(value) }
    guard let path = environment[name + "_FILE"], !path.isEmpty else {
      return .failure(Failure(fault: .missing(name)))
    }
    switch contents(of: path) {
    case .success(let text): return .success(text)
    case .failure(let failure):
      return .failure(Failure(fault: .unreadable(variable: name + "_FILE", path: path, reason: failure.reason)))
    }
  }

  struct FileFailure: Error { var reason: String }

  /// A file's text without its last line break.
  func contents(of path: String) -> Result<String, FileFailure> {
    do {
      let bytes = try readFile(path)
      guard bytes.count <= VariableExpander.maximumFileBytes else {
        return .failure(FileFailure(reason: "it has more than \(VariableExpander.maximumFileBytes) bytes"))
      }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        return .failure(FileFailure(reason: "it is not UTF-8"))
      }
      return .success(text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text)
    } catch {
      return .failure(FileFailure(reason: String(describing: error)))
    }
  }
}
