import Foundation
import HTTPTransport
import Model
import Ports
import Simulator
import SimulatedWire
import Synchronization
import Testing

/// A clock that moves on by a fixed step each time somebody looks at it, so that the world lives as fast as it is asked.
final class KubernetesClock: TimeSource {
  private let state: Mutex<(now: Instant, step: Duration)>

  init(_ start: Instant, step: Duration = .zero) { state = Mutex((start, step)) }

  func now() -> Instant {
    state.withLock {
      $0.now = $0.now.advanced(by: $0.step)
      return $0.now
    }
  }

  func pass(_ duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }

  func sleep(for duration: Duration) async throws { pass(duration) }
}

/// A small cluster behind the Kubernetes face.
struct KubernetesFixture {
  static let start = Instant(seconds: 1_790_000_000)
  static let cluster = "prod-k8s"

  var clock: KubernetesClock
  var infrastructure: SimulatedInfrastructure
  var face: KubernetesFace
  var faults: WireFaults

  init(_ world: World, step: Duration = .zero, options: KubernetesFace.Options = .init()) throws {
    clock = KubernetesClock(world.now, step: step)
    infrastructure = SimulatedInfrastructure(world: world, time: clock)
    faults = WireFaults()
    face = try KubernetesFace(
      infrastructure, mint: CertificateMint(name: "kubernetes", algorithm: .p256), faults: faults, options: options)
  }

  /// Runs the face while `body` uses it.
  func serving<Result: Sendable>(_ body: @Sendable @escaping (KubernetesClient) async throws -> Result) async throws
    -> Result
  {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      let (ports, told) = AsyncStream<Int>.makeStream()
      let face = face
      group.addTask {
        try await face.run { told.yield($0) }
        told.finish()
        return nil
      }
      group.addTask {
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { return nil }
        return try await body(KubernetesClient(face, port: port))
      }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
  }

  // MARK: - Worlds

  static let medium = Template(
    name: "medium", source: MachineID(9002),
    machine: .init(cpuCores: 8, memoryBytes: .mebibytes(16 * 1024), diskBytes: .gigabytes(200)),
    allocatable: Resources(
      cpuMillicores: 7800, memoryBytes: .mebibytes(15 * 1024), ephemeralStorageBytes: .gigabytes(190), pods: 100),
    price: HourlyPrice(perHour: Money(0.24)))

  /// Nodes worker-burst-001 and so on, all Ready; a DaemonSet, three web pods and their budget.
  static func world(nodes: Int = 2, web: Double = 3, budget: Int? = nil) throws -> World {
    var world = World(seed: 7, start: start, clusterName: cluster, timings: .fast)
    world.add(
      SimulatedHost(
        name: "pve-01", cpuCores: 512, memoryBytes: .mebibytes(4096 * 1024), storageBytes: .gigabytes(400_000)))
    world.addTemplateMachine(medium.source, name: "template-medium", on: "pve-01")
    for number in 1...nodes { try join(number, &world) }
    var agent = PodTemplate(
      requests: Resources(cpuMillicores: 100, memoryBytes: .mebibytes(64)), labels: ["app": "agent"])
    agent.priorityClass = "system-node-critical"
    agent.priority = 2_000_001_000
    world.add(
      Workload(name: "agent", namespace: "kube-system", kind: .daemonSet, pod: agent, startsAt: world.now))
    var pod = PodTemplate(
      requests: Resources(cpuMillicores: 1500, memoryBytes: .mebibytes(512)), labels: ["app": "web"])
    pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    world.add(
      Workload(name: "web", kind: .deployment(replicas: .constant(web)), pod: pod, startsAt: world.now))
    if let budget {
      world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .minAvailable(budget)))
    }
    world.advance(to: world.now.advanced(by: .seconds(5)))
    return world
  }

  private static func join(_ number: Int, _ world: inout World) throws {
    let name = WorkerName(pool: "burst", number: number)
    let owner = MachineOwner(cluster: cluster, pool: "burst", worker: name, id: WorkerID("id-\(number)"))
    let (id, _) = try world.clone(CloneRequest(template: medium, owner: owner, createdAt: world.now), at: world.now)
    world.advance(to: world.now.advanced(by: .seconds(1)))
    try world.configure(id, owner: owner, as: medium, at: world.now)
    try world.start(id, owner: owner, at: world.now)
    world.advance(to: world.now.advanced(by: .seconds(1)))
    let labels = ["node-pool": "burst", "worker-type": "medium", "ttl": "1790003600"]
    try world.apply(NodeConfiguration(hostname: name, labels: labels, taints: []), to: id, at: world.now)
    world.advance(to: world.now.advanced(by: .seconds(1)))
  }
}

/// Our own HTTP client with the administrator's certificate.
struct KubernetesClient: Sendable {
  let face: KubernetesFace
  let port: Int
  private let client: HTTPClient
  private let token: String?

  init(_ face: KubernetesFace, port: Int, token: String? = nil, isAnonymous: Bool = false) {
    self.face = face
    self.port = port
    self.token = token
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.bytes(Array(face.authority.utf8)))
    if token == nil && !isAnonymous {
      configuration.identity = ClientIdentity(
        certificate: .bytes(Array(face.clientCertificate.certificate.utf8)),
        key: .bytes(Array(face.clientCertificate.key.utf8)))
    }
    client = HTTPClient(configuration)
  }

  struct Answer: Sendable {
    var status: Int
    var contentType: String
    var body: [UInt8]

    var json: KubernetesJSON {
      KubernetesJSON((try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)) ?? [:])
    }
    /// The lines of a watch.
    var events: [KubernetesJSON] {
      body.split(separator: 10).map {
        KubernetesJSON((try? JSONSerialization.jsonObject(with: Data($0))) ?? [:])
      }
    }
  }

  func send(
    _ method: String, _ path: String, _ body: String? = nil, type: String = "application/json",
    accept: String = "application/json"
  ) async throws -> Answer {
    var headers = [HTTPHeader("Accept", accept)]
    if body != nil { headers.append(HTTPHeader("Content-Type", type)) }
    if let token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
    var request = HTTPRequest(
      method, "https://127.0.0.1:\(port)\(path)", headers: headers, body: body.map { Array($0.utf8) })
    request.maximumResponseBytes = 512 * 1024 * 1024
    let response = try await client.send(request, deadline: .seconds(60))
    return Answer(
      status: response.status, contentType: response.header("Content-Type") ?? "", body: response.body)
  }

  func get(_ path: String, accept: String = "application/json") async throws -> KubernetesJSON {
    let answer = try await send("GET", path, accept: accept)
    #expect(answer.status == 200, "\(path): \(String(decoding: answer.body, as: UTF8.self))")
    return answer.json
  }
}

/// JSON that tests look into.
struct KubernetesJSON: @unchecked Sendable {
  // What JSONSerialization makes is never changed.
  let value: Any

  init(_ value: Any) { self.value = value }

  subscript(key: String) -> KubernetesJSON { KubernetesJSON((value as? [String: Any])?[key] ?? NSNull()) }
  subscript(index: Int) -> KubernetesJSON {
    let list = value as? [Any] ?? []
    return KubernetesJSON(list.indices.contains(index) ? list[index] : NSNull())
  }
  var text: String? { value as? String }
  var number: Int? { (value as? NSNumber)?.intValue }
  var flag: Bool? { value as? Bool }
  var list: [KubernetesJSON] { (value as? [Any] ?? []).map { KubernetesJSON($0) } }
  var keys: [String] { (value as? [String: Any] ?? [:]).keys.sorted() }
  var exists: Bool { !(value is NSNull) }
}
