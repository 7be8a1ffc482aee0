import Foundation

extension WireStage {
  /// - Parameters:
  ///   - example: the operator's file that it is made from.
  ///   - world: the world's directory.
  static func configuration(
    from example: URL, world: String, talos: Int, _ wishes: Wishes
  ) throws -> [String: Any] {
    guard let members = try JSONSerialization.jsonObject(with: Data(contentsOf: example)) as? [String: Any] else {
      throw Failure(.usage, "\(example.path) is no configuration.")
    }
    var all = JSONObject(members)
    all.members["$schema"] = nil
    all.set("worker_pool_definitions/permanent/min_size", wishes.minimum)
    all.set("worker_pool_definitions/permanent/default_template", "small")
    all.set("worker_pool_definitions/burst/provisioning_triggers", ["manual": ["enabled": true]])
    all.set("worker_pool_definitions/burst/taints", [Any]())
    // A label that no kubelet may give its own node, so that it takes a call of ours.
    all.set("worker_pool_definitions/burst/node_labels/node-role.kubernetes.io~1worker", "burst")
    all.set("worker_templates/small/cost_per_hour", price)
    for pool in ["permanent", "burst", "spot", "gpu"] {
      all.set("cost_tracking/cost_allocation/\(pool)_pool/monthly_budget", 1_000_000)
    }
    all.set("cost_tracking/alerts/burst_cost_per_event_max", 1_000_000)
    all.set("poolkeeper/budgets/monthly_total", 1_000_000)
    all.set("lifecycle_configurations/health_monitoring/unhealthy_threshold_minutes", 1)
    let levels = "lifecycle_configurations/auto_repair/repair_strategies/NotReady"
    all.set("\(levels)/level1/trigger_after_seconds", 60)
    all.set("\(levels)/level2/trigger_after_seconds", 180)
    all.set("proxmox_integration/storage/vm_storage", "vmdata")
    all.set("poolkeeper/triggers", [Any]())
    // Workers come by order, and by the minimum, alone, and nobody goes because it has nothing to do.
    all.set("poolkeeper/pools/burst/scaling", "manual")
    all.set("poolkeeper/pools/permanent", ["scaling": "manual"])
    all.set("worker_pool_definitions/burst/ttl_config/idle_timeout_minutes", 480)
    all.set(
      "poolkeeper/infrastructure",
      [
        "kind": "proxmox", "proxmox": ["ca_file": "\(world)/certificates/proxmox-ca.crt"],
        "talos": ["talosconfig": "\(world)/talosconfig", "worker_config": "\(world)/worker.yaml", "port": talos],
        "kubernetes": ["kubeconfig": "\(world)/kubeconfig"],
      ])
    wishes.change(&all.members)
    return all.members
  }
}

/// A JSON object whose members are set by paths with slashes; `~1` stands for a slash within a name.
struct JSONObject {
  var members: [String: Any]

  init(_ members: [String: Any]) { self.members = members }

  mutating func set(_ path: String, _ value: Any) {
    let names = path.split(separator: "/").map { String($0).replacing("~1", with: "/") }
    members = Self.setting(members, names[...], value)
  }

  private static func setting(_ object: [String: Any], _ names: ArraySlice<String>, _ value: Any) -> [String: Any] {
    guard let name = names.first else { return object }
    var object = object
    object[name] =
      names.count == 1 ? value : setting(object[name] as? [String: Any] ?? [:], names.dropFirst(), value)
    return object
  }
}
