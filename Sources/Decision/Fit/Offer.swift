import Model

/// A kind of worker that could be created: a template in a pool, with a time to live.
struct Offer {
  let pool: Pool
  let template: Template
  let price: HourlyPrice
  let timeToLive: Duration?

  /// With the pool's standard time to live unless another is given.
  init(pool: Pool, template: Template, timeToLive: Duration? = nil) {
    self.pool = pool
    self.template = template
    price = pool.price(of: template)
    self.timeToLive = timeToLive ?? pool.timeToLive?.standard
  }

  /// Labels that its node will carry, as far as they are known beforehand.
  func labels(_ common: [String: String]) -> [String: String] {
    common.merging(template.labels) { $1 }.merging(pool.labels) { $1 }
  }

  /// For ties: the pool's name, then the template's.
  var name: String { "\(pool.name)/\(template.name)" }
}

extension Situation {
  /// Each template of an enabled pool, sorted by pool and template.
  func offers(of pool: Pool) -> [Offer] {
    Set(pool.templates + [pool.defaultTemplate]).sorted().compactMap { name in
      policy.template(name).map { Offer(pool: pool, template: $0) }
    }
  }

  /// Labels of every node that a new one will have too: the system, and the architecture if all nodes agree.
  var commonLabels: [String: String] {
    let key = "kubernetes.io/arch"
    let architectures = Set((nodes ?? []).compactMap { $0.labels[key] })
    return ["kubernetes.io/os": "linux", key: architectures.count == 1 ? architectures.first! : "amd64"]
  }

  /// What DaemonSets will take of a new node: the most that they take of a node of the same pool now, or, while the pool
  /// has none, of any node.
  func daemonOverhead(of pool: PoolName) -> Resources {
    let own = Set(workers(of: pool).map { NodeName($0.name.rawValue) })
    let siblings = (nodes ?? []).filter { own.contains($0.name) && $0.isReady }
    var overhead = Resources.zero
    for node in siblings.isEmpty ? (nodes ?? []).filter(\.isReady) : siblings {
      var belonging = load(of: node.name).belonging
      belonging.extended = [:]
      overhead.raise(to: belonging)
    }
    return overhead
  }
}
