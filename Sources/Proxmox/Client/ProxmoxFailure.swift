import HTTPTransport
import Ports

/// What a call to Proxmox failed with, in its own words.
struct ProxmoxFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What it means.
  var meaning: FailureClass
  /// HTTP's status; `nil` where there was no answer, or for the end of a task.
  var status: Int?
  /// The server's words on one line, at most `maximumTextBytes`; never a secret.
  var text: String
  /// Method and path, or the task.
  var call: String

  static let maximumTextCharacters = 500

  init(_ meaning: FailureClass, status: Int? = nil, text: String, call: String) {
    self.meaning = meaning
    self.status = status
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    self.text = String(words.prefix(Self.maximumTextCharacters))
    self.call = call
  }

  /// A task that ended badly.
  init(task: UPID, exitStatus: String) {
    self.init(.of(status: nil, text: exitStatus), text: exitStatus, call: "task \(task.type) on \(task.node)")
  }

  /// An answer of 400 or above: the errors of parameters say most, then the message, then the reason phrase.
  init(_ response: HTTPResponse, call: String) {
    let body = JSONValue(response.body)
    let errors = (body?["errors"]?.object ?? [:]).sorted { $0.key < $1.key }
      .compactMap { name, text in text.text.map { "\(name): \($0)" } }.joined(separator: "; ")
    let message = body?["message"]?.text ?? ""
    let said = [errors, message, response.reason].first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    // The phrase may name the failure where the errors name only a parameter.
    let evidence = [errors, message, response.reason].joined(separator: "\n")
    self.init(
      .of(status: response.status, text: evidence), status: response.status,
      text: said.isEmpty ? "status \(response.status) without a word" : said, call: call)
  }

  var description: String { "\(call): \(text)" }
}

extension PortError {
  /// The one table from what Proxmox says to what the loop understands.
  init(_ failure: ProxmoxFailure, operation: String) {
    let (code, remedy) = Self.translation(of: failure.meaning)
    let text = failure.text.last.map { ".!?".contains($0) } == true ? failure.text : failure.text + "."
    let isSilent =
      [.noEndpoint, .untrusted].contains(failure.meaning) || failure.meaning == .uncertain && failure.status == nil
    let speaker = isSilent ? "Proxmox does not answer" : "Proxmox says"
    self.init(code, "\(speaker): \(text)\(remedy.isEmpty ? "" : " " + remedy)", operation: operation)
  }

  private static func translation(of meaning: FailureClass) -> (code: Code, remedy: String) {
    switch meaning {
    case .locked, .machineLocked: (.busy, "Something else works on it; it is tried again later.")
    // Like a host that is off: it says nothing about the machine, and uses up none of its attempts.
    case .noQuorum: (.unreachable, "The Proxmox cluster has no quorum: nothing is changed until enough hosts are back.")
    case .alreadyRunning, .notRunning, .idTaken, .digestMismatch, .runningWhileDeleted, .baseInUse: (.conflict, "")
    case .missing, .taskUnknown: (.notFound, "")
    case .forbidden: (.forbidden, "Grant the right to the token and to its user.")
    case .rootOnly: (.forbidden, "Only root@pam may do that, and no token can.")
    case .unauthenticated:
      (.forbidden, "Check that the token or password is right, not expired, and its user enabled.")
    case .protected: (.forbidden, "Take the protection away if the machine is to go.")
    case .exhausted: (.exhausted, "Free some room or a device, or let other hosts be used.")
    case .linkedCloneUnsupported: (.invalid, "Use full clones, or a storage that can do linked ones.")
    case .notShared: (.invalid, "Put the template on shared storage, or name a copy of it on that host.")
    case .deviceMisconfigured: (.invalid, "Check the resource mapping against the host's hardware.")
    case .agentSilent: (.unreachable, "")
    case .invalid: (.invalid, "")
    case .hostUnreachable: (.unreachable, "The host does not answer the others; check it and its network.")
    case .uncertain: (.uncertain, "It may have been done all the same; the machine is looked at first.")
    case .noEndpoint: (.unreachable, "")
    case .untrusted: (.forbidden, "")
    case .other: (.failed, "")
    }
  }
}
