import Model

/// The columns of each kind's table; those that kubectl's own documentation shows.
enum TableColumns {
  typealias Column = ObjectTable.Column

  static func columns(of kind: ResourceKind) -> [Column] {
    if !kind.customColumns.isEmpty { return [name] + kind.customColumns.map(custom) }
    switch kind.table {
    case "nodes": return nodes
    case "pods": return pods
    case "events": return kind.group.isEmpty ? events : events
    case "namespaces": return [name, field("Status", "status", "phase"), age]
    case "deployments.apps": return deployments
    case "replicasets.apps":
      return [
        name, count("Desired", "spec", "replicas"), count("Current", "status", "replicas"),
        count("Ready", "status", "readyReplicas"), age,
      ]
    case "daemonsets.apps": return daemonSets
    case "jobs.batch": return jobs
    case "poddisruptionbudgets.policy": return budgets
    case "priorityclasses.scheduling.k8s.io":
      return [name, count("Value", "value"), field("Global-Default", "globalDefault"), age]
    case "leases.coordination.k8s.io": return [name, field("Holder", "spec", "holderIdentity"), age]
    case "customresourcedefinitions.apiextensions.k8s.io":
      return [name, Column("Created At") { object, _ in object[["metadata", "creationTimestamp"]] ?? "<unknown>" }]
    case "configmaps", "secrets":
      return [
        name,
        Column("Data", type: "integer") { object, _ in .integer(Int64(object["data"]?.fields?.entries.count ?? 0)) },
        age,
      ]
    default: return [name, age]
    }
  }

  // MARK: - Columns that many have

  private static var name: Column { Column("Name") { object, _ in object[["metadata", "name"]] ?? "" } }

  private static var age: Column {
    Column("Age") { object, now in
      .text(HumanDuration.text(since: object[["metadata", "creationTimestamp"]]?.string, now: now))
    }
  }

  private static func field(_ title: String, priority: Int = 0, _ path: String...) -> Column {
    Column(title, priority: priority) { object, _ in
      switch object[path] {
      case .text(let text) where !text.isEmpty: .text(text)
      case .integer(let value): .text(String(value))
      case .bool(let value): .text(String(value))
      default: "<none>"
      }
    }
  }

  private static func count(_ title: String, _ path: String...) -> Column {
    Column(title, type: "integer") { object, _ in object[path] ?? 0 }
  }

  private static func custom(_ column: ResourceKind.CustomColumn) -> Column {
    let path = column.path.split(separator: ".").map(String.init)
    return Column(column.name, type: column.type, priority: column.priority) { object, now in
      guard let value = object[path] else { return .null }
      if column.type == "date" { return .text(HumanDuration.text(since: value.string, now: now)) }
      return value
    }
  }

  private static func selector(_ path: String...) -> Column {
    Column("Selector", priority: 1) { object, _ in
      let texts = object[path]?.texts ?? [:]
      return .text(
        texts.isEmpty ? "<none>" : texts.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ","))
    }
  }

  // MARK: - Nodes

  private static var nodes: [Column] {
    [
      name, Column("Status") { object, _ in .text(nodeStatus(object)) },
      Column("Roles") { object, _ in .text(roles(object)) }, age,
      field("Version", "status", "nodeInfo", "kubeletVersion"),
      Column("Internal-IP", priority: 1) { object, _ in address("InternalIP", object) },
      Column("External-IP", priority: 1) { object, _ in address("ExternalIP", object) },
      field("OS-Image", priority: 1, "status", "nodeInfo", "osImage"),
      field("Kernel-Version", priority: 1, "status", "nodeInfo", "kernelVersion"),
      field("Container-Runtime", priority: 1, "status", "nodeInfo", "containerRuntimeVersion"),
    ]
  }

  private static func nodeStatus(_ node: ManifestValue) -> String {
    let ready = node[["status", "conditions"]]?.list?.first { $0["type"]?.string == "Ready" }?["status"]?.string
    let word = ready == "True" ? "Ready" : ready == nil ? "Unknown" : "NotReady"
    return node[["spec", "unschedulable"]]?.bool == true ? word + ",SchedulingDisabled" : word
  }

  private static func roles(_ node: ManifestValue) -> String {
    let prefix = "node-role.kubernetes.io/"
    var roles = (node[["metadata", "labels"]]?.texts ?? [:]).compactMap { key, value -> String? in
      if key.hasPrefix(prefix), key.count > prefix.count { return String(key.dropFirst(prefix.count)) }
      return key == "kubernetes.io/role" && !value.isEmpty ? value : nil
    }
    roles.sort()
    return roles.isEmpty ? "<none>" : roles.joined(separator: ",")
  }

  private static func address(_ type: String, _ node: ManifestValue) -> ManifestValue {
    node[["status", "addresses"]]?.list?.first { $0["type"]?.string == type }?["address"] ?? "<none>"
  }

  // MARK: - Pods

  private static var pods: [Column] {
    [
      name, Column("Ready") { object, _ in .text(podReadiness(object)) },
      Column("Status") { object, _ in .text(podStatus(object)) },
      Column("Restarts") { object, _ in
        let restarts = (object[["status", "containerStatuses"]]?.list ?? []).reduce(Int64(0)) {
          $0 + ($1["restartCount"]?.integer ?? 0)
        }
        return .text(String(restarts))
      },
      age, field("IP", priority: 1, "status", "podIP"), field("Node", priority: 1, "spec", "nodeName"),
      field("Nominated Node", priority: 1, "status", "nominatedNodeName"),
      Column("Readiness Gates", priority: 1) { _, _ in "<none>" },
    ]
  }

  private static func podReadiness(_ pod: ManifestValue) -> String {
    let ready = (pod[["status", "containerStatuses"]]?.list ?? []).count { $0["ready"]?.bool == true }
    return "\(ready)/\(pod[["spec", "containers"]]?.list?.count ?? 0)"
  }

  private static func podStatus(_ pod: ManifestValue) -> String {
    if pod[["metadata", "deletionTimestamp"]] != nil { return "Terminating" }
    for status in pod[["status", "containerStatuses"]]?.list ?? [] {
      let reason = status[["state", "waiting", "reason"]] ?? status[["state", "terminated", "reason"]]
      if let reason = reason?.string { return reason }
    }
    return pod[["status", "phase"]]?.string ?? "Unknown"
  }

  // MARK: - Others

  private static var deployments: [Column] {
    [
      name,
      Column("Ready") { object, _ in
        let ready = object[["status", "readyReplicas"]]?.integer ?? 0
        return .text("\(ready)/\(object[["spec", "replicas"]]?.integer ?? 0)")
      },
      count("Up-to-date", "status", "updatedReplicas"), count("Available", "status", "availableReplicas"), age,
      selector("spec", "selector", "matchLabels"),
    ]
  }

  private static var daemonSets: [Column] {
    [
      name, count("Desired", "status", "desiredNumberScheduled"), count("Current", "status", "currentNumberScheduled"),
      count("Ready", "status", "numberReady"), count("Up-to-date", "status", "updatedNumberScheduled"),
      count("Available", "status", "numberAvailable"),
      Column("Node Selector") { object, _ in
        let texts = object[["spec", "template", "spec", "nodeSelector"]]?.texts ?? [:]
        return .text(
          texts.isEmpty ? "<none>" : texts.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ","))
      },
      age,
    ]
  }

  private static var jobs: [Column] {
    [
      name,
      Column("Status") { object, _ in
        let isComplete = object[["status", "conditions"]]?.list?.contains { $0["type"]?.string == "Complete" } ?? false
        return isComplete ? "Complete" : "Running"
      },
      Column("Completions") { object, _ in
        let done = object[["status", "succeeded"]]?.integer ?? 0
        return .text("\(done)/\(object[["spec", "completions"]]?.integer ?? 1)")
      },
      age,
    ]
  }

  private static var budgets: [Column] {
    func bound(_ title: String, _ key: String) -> Column {
      Column(title) { object, _ in
        switch object[["spec", key]] {
        case .integer(let value): .text(String(value))
        case .text(let text): .text(text)
        default: "N/A"
        }
      }
    }
    return [
      name, bound("Min Available", "minAvailable"), bound("Max Unavailable", "maxUnavailable"),
      count("Allowed Disruptions", "status", "disruptionsAllowed"), age,
    ]
  }

  private static var events: [Column] {
    func text(_ event: ManifestValue, _ core: [String], _ new: [String]) -> String {
      (event[core] ?? event[new])?.string ?? ""
    }
    return [
      Column("Last Seen") { event, now in
        let time = [["series", "lastObservedTime"], ["lastTimestamp"], ["deprecatedLastTimestamp"], ["eventTime"]]
          .lazy.compactMap { event[$0]?.string }.first
        return .text(HumanDuration.text(since: time, now: now))
      },
      field("Type", "type"), field("Reason", "reason"),
      Column("Object") { event, _ in
        let kind = text(event, ["involvedObject", "kind"], ["regarding", "kind"]).lowercased()
        return .text("\(kind)/\(text(event, ["involvedObject", "name"], ["regarding", "name"]))")
      },
      Column("Source", priority: 1) { event, _ in .text(text(event, ["source", "component"], ["reportingController"]))
      },
      Column("Message") { event, _ in .text(text(event, ["message"], ["note"])) },
      Column("Name", priority: 1) { event, _ in event[["metadata", "name"]] ?? "" },
    ]
  }
}
