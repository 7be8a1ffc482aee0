import Model
import Simulator

/// What goes wrong, between the beginning and the end of the faults.
extension SceneDraft {
  mutating func drawFaults(_ dice: inout SplitMix64) {
    let families: [FaultFamily]
    switch profile {
    case .calm: families = []
    case .swarm: families = dice.pick(dice.integer(in: 1...6), of: FaultFamily.allCases)
    case .wild: families = FaultFamily.allCases
    }
    for family in FaultFamily.allCases {
      // A generator for each, so that the choice of one changes nothing of another.
      var own = dice.branch()
      guard families.contains(family) else { continue }
      let about = profile == .wild ? own.minutes(90...360) : own.minutes(20...150)
      draw(family, about: about, &own)
    }
    var own = dice.branch()
    drawWorldFaults(families, &own)
  }

  private mutating func draw(_ family: FaultFamily, about interval: Duration, _ dice: inout SplitMix64) {
    for at in dice.instants(from: phases.faultsFrom, until: phases.faultsUntil, about: interval) {
      switch family {
      case .crashes:
        // A process that meets no boundary dies ten minutes later.
        guard at.advanced(by: .minutes(15)) < phases.faultsUntil else { break }
        let downtime = min(downtime(&dice), phases.faultsUntil - at.advanced(by: .minutes(10)))
        disturb(at, .crash(boundary: dice.integer(in: 1...dice.pick([3, 12, 60])), downtime: downtime))
      case .outages: disturb(at, .outage(dice.pick(Disturbance.System.allCases), for: span(at, 1...40, &dice)))
      case .staleLists: disturb(at, .staleLists(dice.pick(Self.listed), for: span(at, 1...40, &dice)))
      case .missingRows:
        disturb(
          at, .missingRows(dice.pick(Self.listed), percent: dice.pick([5, 20, 50, 100]), for: span(at, 1...30, &dice)))
      case .wrongMetrics:
        disturb(at, .wrongMetrics(dice.pick(Disturbance.WrongMetrics.allCases), for: span(at, 2...90, &dice)))
      case .clock: moveClock(at, &dice)
      case .reloads: if let change = change(&dice) { disturb(at, .reload(change)) }
      case .journal: disturb(at, .journalFails(writes: dice.integer(in: 1...6), written: dice.chance(0.5)))
      case .fullHosts:
        disturb(
          at,
          .hostFillsUp(
            dice.pick(world.hosts.keys), share: dice.pick([0.3, 0.6, 0.9, 1]), for: span(at, 10...180, &dice)))
      case .hands:
        disturb(at, .byHand(dice.pick(Disturbance.Hand.allCases), nth: dice.integer(in: 0...11)))
      case .hosts, .kubelets, .runtimes, .pressure, .cordons: schedule(family, at, &dice)
      case .cloning, .booting, .answers, .quorum, .habits: break
      }
    }
    if family == .habits { drawHabits(&dice) }
  }

  /// Systems that answer with lists.
  private static let listed: [Disturbance.System] = [.hypervisor, .cluster]

  /// Minutes, or what is left until faults end.
  private func span(_ at: Instant, _ minutes: ClosedRange<Int>, _ dice: inout SplitMix64) -> Duration {
    min(dice.minutes(minutes), phases.faultsUntil - at)
  }

  /// Mostly until a supervisor has started it again; at times until somebody comes to work.
  private func downtime(_ dice: inout SplitMix64) -> Duration {
    if dice.chance(0.8) { return dice.seconds(3...120) }
    let minutes = dice.integer(in: 3...45)
    return .minutes(minutes > 42 ? minutes * 10 : minutes)
  }

  private mutating func moveClock(_ at: Instant, _ dice: inout SplitMix64) {
    let size = dice.chance(0.75) ? dice.seconds(1...90) : dice.minutes(2...30)
    disturb(at, .clockOffset(dice.chance(0.5) ? size : .zero - size))
    if dice.chance(0.7) { disturb(at.advanced(by: span(at, 2...60, &dice)), .clockOffset(.zero)) }
  }

  private mutating func drawHabits(_ dice: inout SplitMix64) {
    let most = profile == .wild ? 0.03 : 0.12
    if dice.chance(0.6) { habits.unreachable = dice.number(in: 0.005...most) }
    if dice.chance(0.6) { habits.lostAnswer = dice.number(in: 0.005...most) }
    if dice.chance(0.6) { habits.refused = dice.number(in: 0.005...most) }
    if dice.chance(0.6) { habits.unreadable = dice.number(in: 0.005...most / 2) }
    if dice.chance(0.4) { habits.slow = dice.number(in: 0.005...most) }
  }

  // MARK: - Edits of the configuration

  private func change(_ dice: inout SplitMix64) -> Disturbance.PolicyChange? {
    let pool = dice.pick(policy.pools)
    switch dice.integer(in: 0...6) {
    // Powers of two, so that caps that are multiplied back are what they were.
    case 0, 1: return .scaleBudgets(dice.pick([0.25, 0.5, 0.5, 2, 4]))
    case 2: return .setMinimum(pool.name, dice.integer(in: 0...min(pool.maximum, pool.minimum + 2)))
    // Never below what another edit may have made the minimum.
    case 3: return .setMaximum(pool.name, dice.integer(in: pool.minimum + 2...pool.maximum + 3))
    case 4:
      guard pool.timeToLive != nil else { return nil }
      let standard = dice.minutes(20...360)
      return .setTimeToLive(pool.name, standard: standard, maximum: standard * dice.integer(in: 1...3))
    case 5: return pool.idleTimeout == nil ? nil : .setIdleTimeout(pool.name, dice.minutes(3...90))
    default: return .setTick(dice.seconds(10...60))
    }
  }

  // MARK: - Faults of the world at an instant

  private mutating func schedule(_ family: FaultFamily, _ at: Instant, _ dice: inout SplitMix64) {
    let pool = dice.pick(policy.pools)
    let target = ScheduledFault.Target.anyNode(label: "node-pool", value: pool.name.rawValue)
    let cure = dice.pick(ScheduledFault.Cure.allCases)
    let kind: ScheduledFault.Kind
    switch family {
    case .hosts:
      let host = dice.pick(world.hosts.keys)
      if dice.chance(0.5) {
        kind = .hostFails(host, for: span(at, 2...90, &dice))
      } else {
        kind = .machineMoves(MachineID(world.firstMachineID + dice.integer(in: 0...12)), to: host)
      }
    case .kubelets: kind = dice.chance(0.6) ? .kubeletDies(target, cure: cure) : .kubeletCrashLoop(target, cure: cure)
    case .runtimes: kind = .containerdCrashLoop(target)
    case .pressure: kind = dice.chance(0.5) ? .diskPressure(target) : .memoryPressure(target)
    default: kind = .operatorCordons(target)
    }
    var fault = ScheduledFault(at: at, kind: kind)
    fault.givenUpAt = phases.faultsUntil
    world.add(fault)
  }

  // MARK: - Faults of the world that last

  /// One stretch after another, in each of which some of what these families know is wrong.
  private mutating func drawWorldFaults(_ families: [FaultFamily], _ dice: inout SplitMix64) {
    let own = families.filter { [.cloning, .booting, .answers, .quorum].contains($0) }
    guard !own.isEmpty else { return }
    let interval = dice.minutes(60...300)
    var free = phases.faultsFrom
    for at in dice.instants(from: phases.faultsFrom, until: phases.faultsUntil, about: interval) where at >= free {
      var faults = WorldFaults()
      for family in dice.pick(dice.integer(in: 1...2), of: own) { spoil(&faults, family, at, &dice) }
      disturb(at, .worldFaults(faults))
      free = at.advanced(by: span(at, 10...120, &dice))
      disturb(free, .worldFaults(WorldFaults()))
    }
  }

  private func spoil(_ faults: inout WorldFaults, _ family: FaultFamily, _ at: Instant, _ dice: inout SplitMix64) {
    switch family {
    case .cloning:
      switch dice.integer(in: 0...5) {
      case 0: faults.failNextClones = dice.integer(in: 1...6)
      case 1: faults.lostNumbers = dice.integer(in: 1...3)
      case 2: faults.cloneTaskFailureProbability = dice.number(in: 0.1...0.9)
      case 3: faults.storageLockTimeouts = dice.integer(in: 1...4)
      case 4: faults.staleCloneLocks = dice.integer(in: 1...2)
      default:
        let template = dice.pick(policy.templates)
        faults.lockedTemplates = [.init(template: template.source, until: at.advanced(by: span(at, 1...30, &dice)))]
      }
    case .booting:
      switch dice.integer(in: 0...4) {
      case 0: faults.neverJoinProbability = dice.number(in: 0.1...0.8)
      case 1: faults.neverJoinNext = dice.integer(in: 1...3)
      case 2: faults.hangNextBoots = dice.integer(in: 1...3)
      case 3:
        faults.startFailures = Array(repeating: "start failed: QEMU exited with code 1", count: dice.integer(in: 1...4))
      default: faults.agentSilence = dice.seconds(10...200)
      }
    case .answers:
      for operation in dice.pick(dice.integer(in: 1...4), of: Self.operations) {
        if dice.chance(0.5) {
          faults.lostAnswers[operation] = dice.integer(in: 1...4)
        } else {
          faults.unreachableCalls[operation] = dice.integer(in: 1...8)
        }
      }
    default: if dice.chance(0.6) { faults.hasNoQuorum = true } else { faults.forgetsTasks = true }
    }
  }

  /// Calls that change something, by the names that the world counts faults under.
  static let operations = [
    "hypervisor.clone", "hypervisor.configure", "hypervisor.start", "hypervisor.stop", "hypervisor.delete",
    "node_os.apply", "node_os.restart_kubelet", "node_os.reboot", "node_os.shutdown", "node_os.clean_disk",
    "node_os.prune_images", "cluster.cordon", "cluster.uncordon", "cluster.label", "cluster.remove_taint",
    "cluster.evict", "cluster.delete",
  ]
}
