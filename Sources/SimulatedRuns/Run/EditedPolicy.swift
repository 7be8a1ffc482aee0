import Model

/// A policy that people edit during a run. What they take out of it is put back as it would be by then: edits in between
/// are not lost.
struct EditedPolicy {
  /// What the program is given.
  private(set) var inForce: Policy
  /// With everything that is taken out at the moment.
  private var whole: Policy
  private var pools: Set<PoolName> = []
  private var templates: Set<TemplateName> = []

  init(_ policy: Policy) { (inForce, whole) = (policy, policy) }

  mutating func apply(_ change: Disturbance.PolicyChange) {
    switch change {
    case .setPresence(let pool, true): pools.remove(pool)
    case .setPresence(let pool, false): pools.insert(pool)
    case .setTemplatePresence(let template, true): templates.remove(template)
    case .setTemplatePresence(let template, false): templates.insert(template)
    default: change.apply(to: &whole)
    }
    inForce = whole
    inForce.pools.removeAll { pools.contains($0.name) }
    inForce.triggers.removeAll { pools.contains($0.pool) }
    inForce.schedules.removeAll { pools.contains($0.pool) }
    for template in templates.sorted() { takeOut(template) }
  }

  private mutating func takeOut(_ template: TemplateName) {
    guard inForce.pools.allSatisfy({ $0.templates != [template] }) else { return }
    inForce.templates.removeAll { $0.name == template }
    for index in inForce.pools.indices {
      inForce.pools[index].templates.removeAll { $0 == template }
      if inForce.pools[index].defaultTemplate == template {
        inForce.pools[index].defaultTemplate = inForce.pools[index].templates[0]
      }
    }
  }
}

extension Disturbance.PolicyChange {
  /// Changes what is there; what is taken out and put back is not.
  fileprivate func apply(to policy: inout Policy) {
    func change(_ name: PoolName, _ body: (inout Pool) -> Void) {
      for index in policy.pools.indices where policy.pools[index].name == name { body(&policy.pools[index]) }
    }
    func change(_ name: TemplateName, _ body: (inout Template) -> Void) {
      for index in policy.templates.indices where policy.templates[index].name == name {
        body(&policy.templates[index])
      }
    }
    switch self {
    case .scaleBudgets(let factor):
      func scaled(_ money: Money?) -> Money? {
        money.map { Money(microunits: Int64((Double($0.microunits) * factor).rounded())) }
      }
      policy.money.monthlyBudget = scaled(policy.money.monthlyBudget)
      for index in policy.pools.indices {
        policy.pools[index].monthlyBudget = scaled(policy.pools[index].monthlyBudget)
      }
    case .setMinimum(let pool, let count): change(pool) { $0.minimum = count }
    case .setMaximum(let pool, let count): change(pool) { $0.maximum = count }
    case .setTimeToLive(let pool, let standard, let maximum):
      change(pool) { pool in
        guard var timeToLive = pool.timeToLive else { return }
        timeToLive.standard = standard
        timeToLive.maximum = maximum
        pool.timeToLive = timeToLive
      }
    case .setIdleTimeout(let pool, let length): change(pool) { $0.idleTimeout = length }
    case .setTick(let length): policy.pace.tick = length
    case .setTalosVersion(let template, let version): change(template) { $0.talosVersion = version }
    case .setEnabled(let pool, let isEnabled): change(pool) { $0.enabled = isEnabled }
    case .setPrice(let template, let price): change(template) { $0.price = price }
    case .setStandby(let pool, let count): change(pool) { $0.standby = count }
    case .setLabel(let pool, let key, let value): change(pool) { $0.labels[key] = value }
    case .setApprovals(let pool, let areNeeded):
      change(pool) { $0.requestsNeedApproval = areNeeded }
      policy.cleanup.extensionsNeedApproval = areNeeded
    case .setPresence, .setTemplatePresence: break
    }
  }
}
