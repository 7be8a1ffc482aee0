import Model
import Ports
import Simulator

extension Disturbance.Kind {
  /// For the log and for people; the same in every process, whatever the order of its tables.
  public var sentence: String {
    switch self {
    case .crash(let boundary, let downtime): "the process dies at boundary \(boundary), down for \(downtime.text)"
    case .handOver(let boundary): "another process takes the lead at boundary \(boundary)"
    case .outage(let system, let length): "\(system.rawValue) is away for \(length.text)"
    case .staleLists(let system, let length): "\(system.rawValue) answers with old lists for \(length.text)"
    case .missingRows(let system, let percent, let length):
      "lists of \(system.rawValue) lack \(percent) % of their rows for \(length.text)"
    case .wrongMetrics(let how, let length): "metrics are wrong (\(how.rawValue)) for \(length.text)"
    case .clockOffset(let offset): "the program's clock is \(offset.text) ahead"
    case .reload(let change): "the configuration changes: \(change)"
    case .observation(let length): "the program only observes for \(length.text)"
    case .order(let order):
      "an order for \(order.workers) of pool \(order.pool), template \(order.template?.rawValue ?? "any"), "
        + "for \(order.timeToLive?.text ?? "the usual time")"
    case .remove(let nth, let force): "removal of worker \(nth)\(force ? ", by force" : "")"
    case .extend(let nth, let length): "extension of worker \(nth) by \(length?.text ?? "the usual time")"
    case .answer(let isYes): "the oldest order that waits is \(isYes ? "approved" : "rejected")"
    case .alert(let notice):
      "alert \(notice.fingerprint) \(notice.isFiring ? "fires" : "is resolved") "
        + notice.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    case .byHand(let hand, let nth): "a person \(hand.rawValue) by hand at worker \(nth)"
    case .journalFails(let writes, let written):
      "the next \(writes) writes of the journal fail, \(written ? "though written" : "unwritten")"
    case .hostFillsUp(let host, let share, let length):
      "others take \(Int((share * 100).rounded())) % of what \(host) has free, for \(length.text)"
    case .worldFaults(let faults): "the world's faults: \(faults.sentence)"
    }
  }
}

extension WorldFaults {
  /// What is not as in a world without faults.
  var sentence: String {
    var parts: [String] = []
    func count(_ name: String, _ number: Int) { if number != 0 { parts.append("\(name) \(number)") } }
    count("refused clones", failNextClones)
    count("lost numbers", lostNumbers)
    count("never join next", neverJoinNext)
    count("hanging boots", hangNextBoots)
    count("storage locks", storageLockTimeouts)
    count("stale clone locks", staleCloneLocks)
    if cloneTaskFailureProbability > 0 { parts.append("clones fail \(cloneTaskFailureProbability)") }
    if neverJoinProbability > 0 { parts.append("joins fail \(neverJoinProbability)") }
    for (operation, number) in lostAnswers.sorted(by: { $0.key < $1.key }) {
      parts.append("lost answers of \(operation) \(number)")
    }
    for (operation, number) in unreachableCalls.sorted(by: { $0.key < $1.key }) {
      parts.append("unreachable \(operation) \(number)")
    }
    for lock in lockedTemplates { parts.append("template \(lock.template) locked until \(lock.until)") }
    if hasNoQuorum { parts.append("no quorum") }
    for failure in startFailures { parts.append("start fails: \(failure)") }
    if agentSilence > .zero { parts.append("agents silent for \(agentSilence.text)") }
    if forgetsTasks { parts.append("tasks forgotten") }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }
}
