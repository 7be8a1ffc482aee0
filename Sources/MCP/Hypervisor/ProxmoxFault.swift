import Ports

/// What Proxmox, or the server before it, has against a call; the text is all that there is to tell it by.
struct ProxmoxFault: Error, Hashable, Sendable {
  enum Meaning: Hashable, Sendable {
    case code(PortError.Code)
    case alreadyRunning
    case notRunning
    case missing
    case idTaken
    case agentSilent
  }

  var meaning: Meaning
  /// A sentence, without secrets.
  var sentence: String

  /// The server kept the cause to itself: nothing can be said of a change, and nothing for sure of a look.
  static func untold(_ call: ProxmoxCall) -> ProxmoxFault {
    ProxmoxFault(
      meaning: .code(call.isChange ? .uncertain : .failed),
      sentence: "The MCP server does not pass on why \(call.words) failed; its log tells. "
        + (call.isChange ? "The machine is looked at before it is tried again." : "It is tried again later."))
  }

  /// The server passed the cause on: `Server error '500 VM 100 is locked (clone)' for url …`, or the words of the
  /// connection that failed.
  static func told(_ text: String, _ call: ProxmoxCall) -> ProxmoxFault {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    // What follows names the address, which helps nobody.
    let shown = words.prefixMatch(of: /(.*?)( for url .*)/).map { String($0.1) } ?? words
    return ProxmoxFault(
      meaning: meaning(of: words.lowercased(), isChange: call.isChange),
      sentence:
        "Proxmox did not do \(call.words): \(shown.isEmpty ? "no reason was given" : String(shown.prefix(500))).")
  }

  func error(_ operation: String) -> PortError {
    let code: PortError.Code =
      switch meaning {
      case .code(let code): code
      case .alreadyRunning, .notRunning, .idTaken: .conflict
      case .missing: .notFound
      case .agentSilent: .unreachable
      }
    return PortError(code, sentence, operation: operation)
  }

  private static func meaning(of text: String, isChange: Bool) -> Meaning {
    let status = text.firstMatch(of: /error '(\d{3})/).flatMap { Int($0.1) }
    switch status {
    case 595?: return .code(.unreachable)
    case 596?, 597?, 598?, 599?, 502?, 504?: return .code(isChange ? .uncertain : .unreachable)
    case 401?: return .code(.forbidden)
    default: break
    }
    if let entry = table.first(where: { text.contains($0.phrase) }) { return entry.meaning }
    switch status {
    case 400?, 501?, 506?: return .code(.invalid)
    case 403?: return .code(.forbidden)
    case 503?: return .code(.busy)
    case nil: break
    default: return .code(.failed)
    }
    // Without a status there was no answer. Where the connection was never there nothing can have been done.
    let never = [
      "connection attempts failed", "connection refused", "name or service not known", "nodename nor servname",
    ]
    if never.contains(where: { text.contains($0) }) { return .code(.unreachable) }
    return .code(isChange ? .uncertain : .unreachable)
  }

  /// In order: the first whose phrase occurs.
  private static let table: [(phrase: String, meaning: Meaning)] = [
    ("no quorum", .code(.unreachable)),
    ("permission check failed", .code(.forbidden)),
    ("only root", .code(.forbidden)),
    ("authentication failed", .code(.forbidden)),
    ("checksum mismatch", .code(.conflict)),
    ("is running - destroy failed", .code(.conflict)),
    ("protection mode enabled", .code(.forbidden)),
    ("vm is locked", .code(.busy)),
    ("already exists", .idTaken),
    ("already running", .alreadyRunning),
    ("guest agent is not running", .agentSilent),
    ("no qemu guest agent configured", .agentSilent),
    ("not running", .notRunning),
    ("no such task", .missing),
    ("linked clone feature is not supported", .code(.invalid)),
    ("uses local storage", .code(.invalid)),
    ("cannot allocate memory", .code(.exhausted)),
    ("out of space", .code(.exhausted)),
    ("no space left", .code(.exhausted)),
    ("can't lock file", .code(.busy)),
    ("got lock request timeout", .code(.busy)),
    ("got timeout", .code(.busy)),
    ("hostname lookup", .code(.unreachable)),
    ("does not exist", .missing),
  ]
}
