internal import Foundation
internal import Model
internal import Simulator

/// The interface for those who run a simulated world: what has happened, what is to go wrong. Plain HTTP on the loopback.
struct AdminFace: WireFace {
  let infrastructure: SimulatedInfrastructure
  let faults: WireFaults
  let host: String
  let port: Int

  /// More replicas than this are refused.
  private static let maximumReplicas = 10_000

  func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
    let server = WireHTTPServer(host: host, port: port, certificate: nil) { answer($0) }
    try await server.run(onRunning: onRunning)
  }

  func answer(_ request: WireRequest) -> WireAnswer {
    let path = String(request.target.prefix { $0 != "?" })
    do {
      switch (request.method, path) {
      case ("GET", "/world"): return Self.success(infrastructure.look(Self.report))
      case ("GET", "/faults"): return Self.success(faultList())
      case ("POST", "/faults"):
        let orders = try Self.orders(in: request.body).map { text in try FaultOrder(text) }
        for order in orders { try order.apply(to: infrastructure, faults) }
        return Self.success(faultList())
      case ("DELETE", "/faults"):
        faults.clear()
        try infrastructure.change { $0.faults = WorldFaults() }
        return Self.success(faultList())
      case ("POST", "/scenario"):
        try addPods(request.body)
        return Self.success(infrastructure.look(Self.report))
      case (_, "/world"), (_, "/faults"), (_, "/scenario"):
        return Self.refusal(405, "\(path) does not understand \(request.method).")
      default: return Self.refusal(404, "There are /world, /faults and /scenario.")
      }
    } catch { return Self.refusal(400, "\(error)") }
  }

  private static func orders(in body: [UInt8]) throws -> [String] {
    let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    if let one = object?["fault"] as? String { return [one] }
    if let many = object?["faults"] as? [String], !many.isEmpty { return many }
    throw FaultOrderError("Send {\"fault\": \"proxmox.clone=lost-answer\"} or {\"faults\": [\"…\", \"…\"]}.")
  }

  /// A deployment more, or another number of replicas of one.
  private func addPods(_ body: [UInt8]) throws {
    let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    guard let pods = object?["pods"] as? [String: Any], let name = pods["name"] as? String, !name.isEmpty,
      let replicas = pods["replicas"] as? Int, (0...Self.maximumReplicas).contains(replicas)
    else {
      throw FaultOrderError(
        "Send {\"pods\": {\"name\": NAME, \"replicas\": N, \"cpu_millicores\": N, \"memory_mebibytes\": N}}, with at "
          + "most \(Self.maximumReplicas) replicas; \"min_available\": N adds a disruption budget of that name.")
    }
    let resources = Resources(
      cpuMillicores: Int64(pods["cpu_millicores"] as? Int ?? 500),
      memoryBytes: .mebibytes(Int64(pods["memory_mebibytes"] as? Int ?? 512)))
    try infrastructure.change { world in
      world.add(
        Workload(
          name: name, namespace: pods["namespace"] as? String ?? "default",
          kind: .deployment(replicas: .constant(Double(replicas))),
          pod: PodTemplate(requests: resources, labels: ["app": name]), startsAt: world.now))
      if let minimum = pods["min_available"] as? Int {
        let namespace = pods["namespace"] as? String ?? "default"
        world.add(
          DisruptionBudget(
            name: name, namespace: namespace, selector: ["app": name], bound: .minAvailable(max(0, minimum))))
      }
    }
  }

  private func faultList() -> WireJSON {
    let remaining = faults.remaining.map { fault -> WireJSON in
      .members([
        "operation": .text(fault.operation), "effect": .text("\(fault.effect)"), "times": .count(fault.times),
        "after": .count(fault.after),
      ])
    }
    let requests = faults.requests.sorted { $0.key < $1.key }.map { WireMember($0.key, .count($0.value)) }
    return .members([
      "faults": .list(remaining), "requests": .object(requests),
      "kubernetes_rights": .list(faults.rights.map { .text($0) }),
    ])
  }

  /// The world's own account of itself.
  private static func report(_ world: World) -> WireJSON {
    let report = world.report
    func seconds(_ instant: Instant?) -> WireJSON { instant.map { .number($0.seconds) } ?? .null }
    let machines = report.machines.map { meter -> WireJSON in
      .members([
        "machine": .count(meter.machine.rawValue), "worker": .text(meter.owner.worker.rawValue),
        "pool": .text(meter.owner.pool.rawValue), "id": .text(meter.owner.id.rawValue),
        "template": .text(meter.template.rawValue), "clone_began_at": seconds(meter.cloneBeganAt),
        "cloned_at": seconds(meter.clonedAt), "deleted_at": seconds(meter.deletedAt),
      ])
    }
    let touches = report.foreignTouches.map { touch -> WireJSON in
      .members([
        "at": seconds(touch.at), "machine": .count(touch.machine.rawValue), "operation": .text(touch.operation),
      ])
    }
    let violations = report.budgetViolations.map { violation -> WireJSON in
      .members([
        "at": seconds(violation.at), "budget": .text(violation.budget), "operation": .text(violation.operation),
        "missing": .count(violation.missing),
      ])
    }
    return .members([
      "now": seconds(report.now), "cluster": .text(world.clusterName), "hosts": .count(world.hosts.count),
      "nodes": .count(world.nodes.count), "pods": .count(world.pods.count), "machines": .list(machines),
      "double_creations": .list(report.doubleCreations.map { .text($0.rawValue) }),
      "foreign_touches": .list(touches), "budget_violations": .list(violations),
      "owner_refusals": .count(report.ownerRefusals), "pods_pending": .count(report.podsPending),
      "pods_lost": .count(report.podsLost), "pods_evicted": .count(report.podsEvicted),
      "evictions_refused": .count(report.evictionsRefused), "faults_injected": .count(report.faultsInjected),
      "contradictions": .list(world.brokenInvariants().map { .text($0) }),
    ])
  }

  private static func success(_ value: WireJSON) -> WireAnswer {
    WireAnswer(
      status: 200, reason: "OK", headers: [("content-type", "application/json")],
      body: value.bytes + [UInt8(ascii: "\n")])
  }

  private static func refusal(_ status: Int, _ text: String) -> WireAnswer {
    WireAnswer(
      status: status, reason: status == 404 ? "Not Found" : "Refused", headers: [("content-type", "application/json")],
      body: WireJSON.members(["error": .text(text)]).bytes + [UInt8(ascii: "\n")], closesConnection: true)
  }
}
