import Model

extension SenseChecker {
  mutating func checkPlacement() {
    let section = root.section("poolkeeper").section("placement")
    let placement = policy.placement
    if placement.memoryOvercommit > 1 {
      warn(
        "memory_overcommitted", at: section.at("memory_overcommit"),
        "Machines may be promised more memory than their host has; when they use it, the host kills one of them.",
        "Set memory_overcommit to 1.")
    }
    guard let label = placement.zoneLabel else {
      if !placement.zones.isEmpty {
        warn(
          "no_effect", at: section.at("zones"), "Zones are named, but no label tells them.",
          "Add \"zone_label\": \"topology.kubernetes.io/zone\".")
      }
      return
    }
    for (host, zone) in placement.zones.sorted(by: { $0.key < $1.key }) where zone.isEmpty {
      warn(
        "empty_zone", at: section.at("zones", host.rawValue), "The zone of the host \(host) is empty.",
        "Give it a name, or remove the key: the host is then a zone of its own name.")
    }
    for pool in policy.pools where pool.labels[label] != nil {
      warn(
        "no_effect", at: poolPointer(pool, "node_labels", label),
        "The label \(label) tells the zone of a worker's host, which wins over the pool's.",
        "Remove it from node_labels, or choose another zone_label.")
    }
  }
}
