import Model
import Simulator

/// Templates and pools.
extension SceneDraft {
  /// What a template may be: memory in GiB, price in hundredths of the currency an hour.
  private struct Size {
    var name: TemplateName
    var cores: Int
    var gibibytes: Int64
    var price: Double
    var gpus = 0
  }

  mutating func drawTemplates(_ dice: inout SplitMix64) {
    let sizes = [
      Size(name: "tiny", cores: 2, gibibytes: 4, price: 6), Size(name: "small", cores: 4, gibibytes: 8, price: 12),
      Size(name: "medium", cores: 8, gibibytes: 16, price: 24),
      Size(name: "large", cores: 16, gibibytes: 32, price: 48),
      Size(name: "memory", cores: 4, gibibytes: 32, price: 31),
    ]
    let room = world.hosts.values.map(\.memoryBytes).max() ?? 0
    let fitting = sizes.filter { Int64.mebibytes($0.gibibytes * 1024) * 4 <= room }
    var chosen = dice.pick(dice.integer(in: 2...4), of: fitting)
    if world.hosts.values.contains(where: { $0.gpus > 0 }) {
      chosen.append(Size(name: "gpu-nvidia", cores: 8, gibibytes: 16, price: 120, gpus: 1))
    }
    let factor = dice.pick([0.5, 1, 1, 1, 1.7])
    let first = world.hosts.keys[0]
    policy.templates = chosen.enumerated().map { index, size in
      let id = MachineID(9001 + index)
      world.addTemplateMachine(id, name: "talos-worker-\(size.name)", on: first)
      return template(size, id, factor, &dice)
    }.sorted { $0.name < $1.name }
  }

  private func template(_ size: Size, _ id: MachineID, _ factor: Double, _ dice: inout SplitMix64) -> Template {
    let isFixed = size.gpus > 0 && dice.chance(0.3)
    var template = Template(
      name: size.name, source: id,
      machine: Template.Machine(
        cpuCores: size.cores, memoryBytes: .mebibytes(size.gibibytes * 1024),
        diskBytes: .gigabytes(Int64(size.cores) * 12),
        gpus: size.gpus, fixedPCIDevice: isFixed ? "01:00.0" : nil),
      allocatable: Resources(
        cpuMillicores: Int64(size.cores) * 1000 - 200, memoryBytes: .mebibytes(size.gibibytes * 960),
        ephemeralStorageBytes: .gigabytes(Int64(size.cores) * 11), pods: 100,
        extended: ["nvidia.com/gpu": Int64(size.gpus)]),
      price: HourlyPrice(perHour: Money((size.price * factor * 100).rounded() / 10_000)))
    template.talosVersion = "v1.11.2"
    template.kubernetesVersion = "1.34.1"
    template.labels = ["workload-size": size.name.rawValue]
    return template
  }

  /// Templates that pools without GPUs choose from.
  var plainTemplates: [Template] { policy.templates.filter { $0.machine.gpus == 0 } }

  mutating func drawPools(_ dice: inout SplitMix64) {
    var kinds: [PoolKind] = dice.chance(0.92) ? [.permanent] : []
    if dice.chance(0.75) || kinds.isEmpty { kinds.append(.burst) }
    if dice.chance(0.45) { kinds.append(.spot) }
    if policy.templates.contains(where: { $0.machine.gpus > 0 }), dice.chance(0.8) { kinds.append(.gpu) }
    policy.pools = kinds.map { pool($0, &dice) }.sorted { $0.name < $1.name }
  }

  private func pool(_ kind: PoolKind, _ dice: inout SplitMix64) -> Pool {
    let candidates = policy.templates.filter { ($0.machine.gpus > 0) == (kind == .gpu) }
    let chosen = dice.pick(dice.integer(in: 1...3), of: candidates)
    let standard = dice.pick(chosen)
    let room = room(for: standard.machine)
    let most = isBig ? 25 : 4
    let minimum = kind == .permanent ? min(dice.integer(in: 0...most), room / 3) : 0
    let beyond = isBig ? 30 : dice.integer(in: 1...6)
    var pool = Pool(
      name: PoolName(kind.rawValue), kind: kind, minimum: minimum, maximum: minimum + beyond,
      defaultTemplate: standard.name, templates: chosen.map(\.name).sorted())
    pool.growCooldown = dice.seconds(60...400)
    pool.shrinkCooldown = dice.seconds(120...1200)
    pool.upgrade = dice.chance(0.3) ? .replace : .none
    pool.standby = dice.chance(0.15) ? dice.integer(in: 1...2) : 0
    pool.acceptsRequests = dice.chance(0.95)
    if kind != .permanent { pool.idleTimeout = dice.chance(0.9) ? dice.minutes(5...60) : nil }
    switch kind {
    case .permanent: shapePermanent(&pool, &dice)
    case .burst: shapeBurst(&pool, &dice)
    case .spot:
      pool.labels["worker-type"] = "preemptible"
      pool.taints = [
        Taint(key: "workload-type", value: "spot", effect: .noSchedule),
        Taint(key: "preemptible", value: "true", effect: .preferNoSchedule),
      ]
      pool.savingPercent = Double(dice.integer(in: 3...8)) * 10
      pool.preemptionGrace = dice.seconds(60...300)
    case .gpu:
      pool.labels["worker-type"] = "gpu"
      pool.taints = [Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)]
      pool.servesPendingPods = dice.chance(0.7)
      if dice.chance(0.4) { pool.timeToLive = lifetime(&dice) }
    }
    return pool
  }

  private func shapePermanent(_ pool: inout Pool, _ dice: inout SplitMix64) {
    pool.labels["worker-type"] = "permanent"
    pool.servesPendingPods = dice.chance(0.5)
    guard dice.chance(0.7) else { return }
    let grow = Double(dice.integer(in: 75...90))
    let target = grow - Double(dice.integer(in: 8...18))
    let shrink = target - Double(dice.integer(in: 15...25))
    pool.utilisation = UtilisationPolicy(
      cpuTargetPercent: target, memoryTargetPercent: target, growAtPercent: grow, shrinkAtPercent: shrink)
  }

  private func shapeBurst(_ pool: inout Pool, _ dice: inout SplitMix64) {
    pool.labels["worker-type"] = "temporary"
    if dice.chance(0.8) { pool.taints = [Taint(key: "workload-type", value: "burst", effect: .noSchedule)] }
    if dice.chance(0.9) { pool.timeToLive = lifetime(&dice) }
  }

  private func lifetime(_ dice: inout SplitMix64) -> TimeToLivePolicy {
    let standard = dice.minutes(30...300)
    return TimeToLivePolicy(standard: standard, maximum: standard * dice.integer(in: 1...4))
  }
}
