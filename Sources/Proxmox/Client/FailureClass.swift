/// What a failure of Proxmox means for the one who asked, judged by status and text.
///
/// Proxmox answers almost every failure with 500 and a sentence; the sentence is all there is to tell one from another.
enum FailureClass: String, Sendable, Hashable, CaseIterable {
  /// Somebody holds a lock for a moment; again later.
  case locked
  /// The machine's `lock` field is set: a task works on it, or one died.
  case machineLocked
  /// The cluster has lost its quorum: nothing can be changed anywhere.
  case noQuorum
  case alreadyRunning
  case notRunning
  /// The machine, or its configuration on that host, does not exist.
  case missing
  /// The id is taken.
  case idTaken
  /// Somebody else changed the configuration since it was read.
  case digestMismatch
  /// Rights are missing; an operator must grant them.
  case forbidden
  /// Nobody but root may.
  case rootOnly
  /// Not known who asks.
  case unauthenticated
  case runningWhileDeleted
  case protected
  /// No room for it, or no free device: elsewhere perhaps.
  case exhausted
  /// The storage cannot do linked clones.
  case linkedCloneUnsupported
  /// The template's disks lie where the target cannot see them.
  case notShared
  /// The device mapping is missing or does not fit the hardware.
  case deviceMisconfigured
  /// Linked clones rest on the disk.
  case baseInUse
  case agentSilent
  /// No such task, or its log has been rotated away.
  case taskUnknown
  /// Wrong parameters, unknown method: repeating does not help.
  case invalid
  /// The host cannot be reached through the one that answered.
  case hostUnreachable
  /// The answer of a hop was lost: it may have been done.
  case uncertain
  /// None of our addresses answers.
  case noEndpoint
  /// None of our addresses has the certificate that it should have.
  case untrusted
  case other

  /// - Parameters:
  ///   - status: of HTTP; `nil` for the end of a task.
  ///   - text: the reason, the message, or the task's exit status.
  static func of(status: Int?, text: String) -> FailureClass {
    switch status {
    case 595: return .hostUnreachable
    case 596, 597, 598, 599: return .uncertain
    case 401: return .unauthenticated
    default: break
    }
    // Texts come before the status: "VM 105 already exists" is a 400.
    let lowered = text.lowercased()
    if let entry = table.first(where: { entry in entry.phrases.allSatisfy { lowered.contains($0) } }) {
      return entry.meaning
    }
    switch status {
    case 400, 501, 506: return .invalid
    case 403: return .forbidden
    case 502, 504: return .uncertain
    case 503: return .locked
    default: return .other
    }
  }

  private struct Entry {
    var phrases: [String]
    var meaning: FailureClass

    init(_ phrases: String..., as meaning: FailureClass) {
      self.phrases = phrases
      self.meaning = meaning
    }
  }

  /// In order: the first whose phrases all occur.
  private static let table: [Entry] = [
    Entry("no quorum", as: .noQuorum),
    Entry("permission check failed", as: .forbidden),
    Entry("only root", as: .rootOnly),
    Entry("not available with api token", as: .forbidden),
    Entry("authentication failed", as: .unauthenticated),
    Entry("no ticket", as: .unauthenticated),
    Entry("invalid pve ticket", as: .unauthenticated),
    Entry("invalid csrf token", as: .unauthenticated),
    Entry("checksum mismatch", as: .digestMismatch),
    Entry("is running - destroy failed", as: .runningWhileDeleted),
    Entry("protection mode enabled", as: .protected),
    Entry("vm is locked", as: .machineLocked),
    Entry("config file already exists", as: .idTaken),
    Entry("already exists", as: .idTaken),
    Entry("already running", as: .alreadyRunning),
    Entry("guest agent is not running", as: .agentSilent),
    Entry("no qemu guest agent configured", as: .agentSilent),
    Entry("not running", as: .notRunning),
    Entry("no such task", as: .taskUnknown),
    Entry("unable to parse worker upid", as: .taskUnknown),
    Entry("linked clone feature is not supported", as: .linkedCloneUnsupported),
    Entry("uses local storage", as: .notShared),
    Entry("pci device mapping", as: .deviceMisconfigured),
    Entry("iommu not present", as: .deviceMisconfigured),
    Entry("q35 machine model is not enabled", as: .deviceMisconfigured),
    Entry("already in use by vmid", as: .exhausted),
    Entry("currently reserved for use by vmid", as: .exhausted),
    Entry("could not find a free device", as: .exhausted),
    Entry("cannot allocate memory", as: .exhausted),
    Entry("out of space", as: .exhausted),
    Entry("no space left", as: .exhausted),
    Entry("unable to get any free vmid", as: .exhausted),
    Entry("still in use by linked clone", as: .baseInUse),
    Entry("can't lock file", as: .locked),
    Entry("got lock request timeout", as: .locked),
    // After the locks: of a powerdown, for example, whose guest does not react.
    Entry("got timeout", as: .locked),
    Entry("hostname lookup", "failed", as: .hostUnreachable),
    Entry("is not online", as: .hostUnreachable),
    Entry("does not exist", as: .missing),
  ]
}
