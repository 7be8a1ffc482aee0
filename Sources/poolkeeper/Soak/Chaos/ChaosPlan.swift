import Simulator

/// What will be done in a soak, all of it drawn from a seed. Pure.
///
/// Two parts: in the first the server is killed and started again; in the second it lives on, so that its memory and its
/// descriptors can be watched, while all else goes on. Each kind comes once before any comes again; kills come thrice as often.
struct ChaosPlan: Hashable, Sendable {
  /// Of the whole, when the second part begins.
  static let steadyFrom = 0.4
  /// The last part, in which nothing more begins.
  static let quietFrom = 0.95
  /// Between two beginnings.
  static let gaps: ClosedRange<Duration> = .milliseconds(800) ... .seconds(5)

  static let calls = [
    "proxmox.clone", "proxmox.config", "proxmox.resize", "proxmox.start", "proxmox.stop", "proxmox.delete",
    "talos.apply", "talos.shutdown", "kubernetes.patch_node", "kubernetes.evict", "kubernetes.delete_node",
  ]
  static let moments = ["kill-before", "kill-after", "kill-answered"]
  static let faces = ["proxmox", "talos", "kubernetes"]
  /// What the second half of a cut's fault is, by what is then seen; the refusal differs for a face with gRPC.
  static let cuts = ["lost-request", "lost-answer", "late:6000", "refused"]
  static let troubles = [
    "world.kubelet-dies={node}", "world.host-down=pve-01:120", "world.host-down=pve-02:90", "world.clone-failure=1",
    "world.never-joins=1", "world.boot-hangs=1", "world.lost-number=1", "world.storage-lock-timeout=2",
    "world.no-quorum=on", "world.tasks-forgotten=on", "world.agent-silence=60",
    "world.start-failure=start failed: command '/usr/bin/kvm' failed: got timeout",
    "proxmox.clone=lost-answer", "proxmox.start=lost-answer;times=2", "talos.apply=lost-answer",
    "kubernetes.patch_node=lost-answer;times=2", "kubernetes.evict=lost-answer", "proxmox.delete=lost-answer",
  ]

  var events: [ChaosEvent]
  /// When the part begins in which the server is not killed.
  var steadyAt: Duration

  /// - Parameter length: of the chaos, in real time.
  init(seed: UInt64, length: Duration) {
    var random = SplitMix64(seed: seed)
    steadyAt = length * Self.steadyFrom
    events = []
    let quietAt = length * Self.quietFrom
    var bag: [ChaosEvent.Kind] = []
    var wasSteady = false
    /// From when on a kind, or any that uses faults, can be drawn again.
    var freeAt: [ChaosEvent.Kind: Duration] = [:]
    var faultsFreeAt = Duration.zero
    var at = random.duration(in: Self.gaps)
    while at < quietAt {
      let isSteady = at >= steadyAt
      if bag.isEmpty || isSteady != wasSteady { bag = Self.kinds(isSteady: isSteady).shuffled(using: &random) }
      wasSteady = isSteady
      let kind = bag.removeLast()
      at = max(at, freeAt[kind] ?? .zero)
      if kind.usesFaults { at = max(at, faultsFreeAt) }
      if kind.endsServer, at >= steadyAt { continue }
      guard at < quietAt else { break }
      let end = min(at + (kind.lengths.map { random.duration(in: $0) } ?? .zero), quietAt)
      events.append(ChaosEvent(kind: kind, at: at, until: end, detail: Self.detail(kind, &random)))
      freeAt[kind] = end
      if kind.usesFaults { faultsFreeAt = end }
      at += random.duration(in: Self.gaps)
    }
  }

  /// Beginnings and ends in their order.
  var steps: [(at: Duration, event: ChaosEvent, isEnd: Bool)] {
    let all = events.enumerated().flatMap { index, event in
      let begin = (at: event.at, event: event, isEnd: false, index: index)
      return event.until > event.at ? [begin, (at: event.until, event: event, isEnd: true, index: index)] : [begin]
    }
    // What ends at an instant ends before something else begins there.
    return all.sorted { ($0.at, $0.isEnd ? 0 : 1, $0.index) < ($1.at, $1.isEnd ? 0 : 1, $1.index) }
      .map { (at: $0.at, event: $0.event, isEnd: $0.isEnd) }
  }

  private static func kinds(isSteady: Bool) -> [ChaosEvent.Kind] {
    if isSteady { return ChaosEvent.Kind.allCases.filter { !$0.endsServer } }
    return ChaosEvent.Kind.allCases + [.kill, .kill, .killAtCall, .killAtCall]
  }

  private static func detail(_ kind: ChaosEvent.Kind, _ random: inout SplitMix64) -> String {
    func one(of all: [String]) -> String { all[Int(random.next() % UInt64(all.count))] }
    switch kind {
    case .killAtCall: return "\(one(of: calls))=\(one(of: moments)):{pid}"
    case .cutNetwork:
      let (face, cut) = (one(of: faces), one(of: cuts))
      let refusal = face == "talos" ? "refused:14:the connection was refused" : "refused:503:no server is available"
      return "\(face).*=\(cut == "refused" ? refusal : cut);times=1000000"
    case .trouble: return one(of: troubles)
    default: return ""
    }
  }
}
