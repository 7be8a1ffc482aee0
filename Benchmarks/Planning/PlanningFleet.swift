package import Model

/// What an operator's own policy offers, as figures for problems.
package enum PlanningFleet {
  /// Each template of each enabled pool at the pool's price, sorted by pool and template.
  package static func workers(_ policy: Policy) -> [WorkerShape] {
    policy.pools.filter(\.enabled).sorted { $0.name < $1.name }.flatMap { pool in
      Set(pool.templates + [pool.defaultTemplate]).sorted().compactMap { name in
        policy.template(name).map { template in
          WorkerShape(
            pool: pool.name, name: name, cpuMillicores: template.allocatable.cpuMillicores,
            memoryMebibytes: template.allocatable.memoryBytes / 1_048_576,
            gpus: template.allocatable.extended["nvidia.com/gpu"] ?? 0, pods: template.allocatable.pods,
            price: pool.price(of: template).perHour.microunits)
        }
      }
    }
  }
}
