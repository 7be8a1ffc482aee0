import ConfigurationFile
import Model

/// One `pods.NAMESPACE/NAME=+COUNT` of a question "what if": more pods like one that is there.
struct PodAddition: Equatable, CustomStringConvertible {
  static let prefix = "pods."
  /// So many pods at most in one addition.
  static let maximum = 100_000

  /// `NAMESPACE/NAME` of a pod, or of its owner.
  var subject: String
  var count: Int

  var description: String { "\(Self.prefix)\(subject)=+\(count)" }

  /// - Throws: `Failure` with a sentence that says how it would be right.
  init(_ text: String) throws {
    let parts = text.dropFirst(Self.prefix.count).split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].contains("/"), parts[1].hasPrefix("+"), let count = Int(parts[1].dropFirst()),
      (1...Self.maximum).contains(count)
    else {
      throw Failure(
        .usage,
        "\"\(text)\" adds no pods; write pods.NAMESPACE/NAME=+COUNT with the name of a pod or its owner and 1 to "
          + "\(Self.maximum) pods, for example pods.default/web=+50.")
    }
    subject = String(parts[0])
    self.count = count
  }

  /// Adds the pods, as if they had waited for so long that each of them counts.
  /// - Throws: `Failure` with the nearest name when there is no such pod.
  func apply(to snapshot: inout Snapshot, _ policy: Policy) throws {
    guard case .known(var pods, let at) = snapshot.pods else {
      throw Failure(.failed, "The pods of the snapshot are not known: \(snapshot.pods.unknownReason ?? "")")
    }
    func owner(_ pod: PodObservation) -> String? { pod.ownerName.map { "\(pod.key.namespace)/\($0)" } }
    let like = pods.filter { $0.key.description == subject || owner($0) == subject }.min { $0.key < $1.key }
    guard let like else {
      let names = Set(pods.map(\.key.description) + pods.compactMap(owner)).sorted()
      throw Failure(
        .notFound,
        "The snapshot has no pod or owner \"\(subject)\". "
          + Suggestion.sentence(
            for: subject, among: names, otherwise: "Write NAMESPACE/NAME, for example \(names.first ?? "default/web").")
      )
    }
    let taken = Set(pods.map(\.key.name))
    // Longer than a trigger's count could make them wait.
    let waited: Duration = policy.pace.maximumPending + .seconds(1)
    var number = 0
    for _ in 0..<count {
      repeat { number += 1 } while taken.contains("\(like.key.name)-more-\(number)")
      var pod = like
      pod.key = PodKey(namespace: like.key.namespace, name: "\(like.key.name)-more-\(number)")
      pod.uid = pod.key.description
      pod.createdAt = snapshot.now.advanced(by: .milliseconds(-waited.milliseconds))
      pod.phase = .pending
      pod.node = nil
      pod.nominatedNode = nil
      pod.schedulingGates = []
      pod.unschedulable = true
      pod.isReady = false
      pod.isTerminating = false
      pods.append(pod)
    }
    snapshot.pods = .known(pods, at: at)
  }
}
