import Model
import Ports
import Synchronization
import Testing

@testable import Kubernetes

@Suite struct KubernetesClusterTests {
  private let time = LeapingTime()
  private let pod = PodKey(namespace: "shop", name: "web-1")

  private func cluster(_ server: ScriptedServer) -> KubernetesCluster {
    var options = KubernetesClientOptions()
    options.deadline = .seconds(60)
    return KubernetesCluster(KubernetesClient(ClusterAccess(server: server.url), time: time, options: options))
  }

  private static func items(_ items: String...) -> ScriptedServer.Reaction {
    .ok(#"{"metadata":{"resourceVersion":"5"},"items":[\#(items.joined(separator: ","))]}"#)
  }

  /// Lists of a small shop; watches are silent.
  private static func shop(_ request: ScriptedServer.Request) -> ScriptedServer.Reaction? {
    if request.query["watch"] == "1" { return .lines([], isHeld: true) }
    guard request.method == "GET" else { return nil }
    switch request.path.split(separator: "/").last {
    case "nodes" where request.path.contains("metrics.k8s.io"):
      return .ok(#"{"metadata":{},"items":[{"metadata":{"name":"n1"},"usage":{"cpu":"1","memory":"1"}}]}"#)
    case "nodes":
      return items(
        #"{"metadata":{"name":"n2"},"spec":{},"status":{"capacity":{"cpu":"4"}}}"#,
        #"{"metadata":{"name":"n1"},"spec":{},"status":{"capacity":{"cpu":"4"}}}"#)
    case "pods":
      return items(
        """
        {"metadata":{"namespace":"shop","name":"web-1","uid":"u1","labels":{"app":"web"}},
          "spec":{"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}]},"status":{"phase":"Running"}}
        """)
    case "poddisruptionbudgets":
      return items(
        #"{"metadata":{"namespace":"shop","name":"other"},"spec":{"selector":{"matchLabels":{"app":"x"}}}}"#,
        #"{"metadata":{"namespace":"shop","name":"web"},"spec":{"selector":{"matchLabels":{"app":"web"}}}}"#)
    case "persistentvolumeclaims":
      return items(
        #"{"metadata":{"namespace":"shop","name":"data"},"spec":{"volumeName":"v"},"status":{"phase":"Bound"}}"#)
    case "persistentvolumes": return items(#"{"metadata":{"name":"v"},"spec":{"csi":{"driver":"d"}}}"#)
    case "csinodes":
      return items(
        #"{"metadata":{"name":"n1"},"spec":{"drivers":[{"name":"d","allocatable":{"count":3}}]}}"#)
    case "namespaces": return items(#"{"metadata":{"name":"shop","labels":{"team":"a"}}}"#)
    case "priorityclasses": return items(#"{"metadata":{"name":"high"},"value":7}"#)
    default: return items()
    }
  }

  /// Runs the cluster until its lists can be read, and then `body`.
  private func withRunning(_ server: ScriptedServer, _ body: (KubernetesCluster) async throws -> Void) async throws {
    let (changes, changed) = AsyncStream.makeStream(of: Void.self)
    var options = KubernetesClientOptions()
    options.deadline = .seconds(60)
    options.requestsAtOnce = 100
    let client = KubernetesClient(
      ClusterAccess(server: server.url), time: StillTime(Instant(seconds: 1000)), options: options)
    let cluster = KubernetesCluster(client, options: KubernetesClusterOptions()) { changed.yield() }
    let task = Task { await cluster.run() }
    // Each of the ten kinds reports its first list.
    var count = 0
    for await _ in changes {
      count += 1
      if count == 10 { break }
    }
    try await body(cluster)
    task.cancel()
    server.cut()
    await task.value
  }

  @Test func showsNothingBeforeItHasLooked() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    let cluster = cluster(server)
    let error = await #expect(throws: PortError.self) { _ = try await cluster.pods() }
    #expect(error?.code == .unreachable)
    #expect(error?.message == "The cluster's pods are not known yet.")
  }

  @Test func joinsWhatItWatches() async throws {
    let server = try ScriptedServer { Self.shop($0) ?? .hangUp }
    defer { server.stop() }
    try await withRunning(server) { cluster in
      let nodes = try await cluster.nodes()
      #expect(nodes.map(\.name) == ["n1", "n2"])
      #expect(nodes.map { $0.allocatable.extended["attachable-volumes-csi-d"] } == [3, 1_000_000])
      let pods = try await cluster.pods()
      #expect(pods.map(\.key) == [pod])
      #expect(pods[0].constraints.volumes == [VolumeDemand(claim: "data")])
      #expect(pods[0].requests.extended == ["attachable-volumes-csi-d": 1])
      #expect(try await cluster.disruptionBudgets().map(\.name) == ["other", "web"])
      #expect(try await cluster.namespaceLabels() == ["shop": ["team": "a"]])
      #expect(try await cluster.priorityClasses() == ["high": 7])
      #expect(try await cluster.daemonSets().isEmpty)
    }
  }

  @Test func asksPastTheCacheForTheLastLookAtANode() async throws {
    let server = try ScriptedServer { _ in
      Self.items(#"{"metadata":{"namespace":"a","name":"b","uid":"u"},"spec":{"nodeName":"n1"},"status":{}}"#)
    }
    defer { server.stop() }
    let pods = try await cluster(server).pods(on: "n1")
    #expect(pods.map(\.key) == [PodKey(namespace: "a", name: "b")])
    #expect(server.requests.first?.query["fieldSelector"] == "spec.nodeName=n1")
    #expect(server.requests.first?.query["resourceVersion"] == nil)
  }

  @Test func patchesOnlyWhatItMeans() async throws {
    let server = try ScriptedServer { _ in .ok("{}") }
    defer { server.stop() }
    let cluster = cluster(server)
    try await cluster.cordon("n1")
    try await cluster.uncordon("n1")
    try await cluster.label("n1", with: ["b": "2", "a/b": "1"])
    try await cluster.label("n1", with: [:])
    #expect(server.requests.allSatisfy { $0.method == "PATCH" && $0.path == "/api/v1/nodes/n1" })
    #expect(
      server.requests.map(\.body) == [
        #"{"metadata":{"annotations":{"poolkeeper.dev/cordoned":"true"}},"spec":{"unschedulable":true}}"#,
        #"{"metadata":{"annotations":{"poolkeeper.dev/cordoned":null}},"spec":{"unschedulable":false}}"#,
        #"{"metadata":{"labels":{"a/b":"1","b":"2"}}}"#,
      ])
  }

  @Test func editsTaintsAnewWhenSomebodyElseWasFaster() async throws {
    let version = Mutex(1)
    let server = try ScriptedServer { request in
      if request.method == "GET" {
        let taints = #"[{"key":"mine","effect":"NoSchedule"},{"key":"theirs","effect":"NoExecute","timeAdded":"t"}]"#
        return .ok(#"{"metadata":{"resourceVersion":"\#(version.withLock { $0 })"},"spec":{"taints":\#(taints)}}"#)
      }
      let isLate = version.withLock { version in
        version += 1
        return version < 4
      }
      return isLate ? .status(409, reason: "Conflict") : .ok("{}")
    }
    defer { server.stop() }
    try await cluster(server).removeTaint("mine", from: "n1")
    let patches = server.requests.filter { $0.method == "PATCH" }.map(\.body)
    #expect(patches.count == 3)
    #expect(
      patches.last
        == #"{"metadata":{"resourceVersion":"3"},"spec":{"taints":[{"key":"theirs","effect":"NoExecute","timeAdded":"t"}]}}"#
    )
  }

  @Test func givesUpOnTaintsThatNeverStandStill() async throws {
    let server = try ScriptedServer { request in
      request.method == "GET"
        ? .ok(#"{"metadata":{"resourceVersion":"1"},"spec":{"taints":[{"key":"mine","effect":"NoSchedule"}]}}"#)
        : .status(409, reason: "Conflict", message: "changed")
    }
    defer { server.stop() }
    let cluster = cluster(server)
    let error = await #expect(throws: PortError.self) { try await cluster.removeTaint("mine", from: "n1") }
    #expect(error?.code == .conflict)
    #expect(server.requests.count == 2 * KubernetesCluster.maximumTaintAttempts)
    // Nothing to take away is nothing to write.
    try await cluster.removeTaint("other", from: "n1")
    #expect(server.requests.count == 2 * KubernetesCluster.maximumTaintAttempts + 1)
    await #expect(throws: PortError.self) { try await cluster.markOutOfService("n1") }
    #expect(server.requests.last?.body.contains("out-of-service") == true)
  }

  @Test(arguments: [(200, nil), (404, nil), (409, PortError.Code.conflict), (403, .forbidden), (500, .failed)])
  func deletesNodesByTheirUid(status: Int, code: PortError.Code?) async throws {
    let server = try ScriptedServer { _ in .status(status) }
    defer { server.stop() }
    let cluster = cluster(server)
    if let code {
      let error = await #expect(throws: PortError.self) { try await cluster.delete("n1", uid: "u") }
      #expect(error?.code == code)
    } else {
      try await cluster.delete("n1", uid: "u")
    }
    #expect(server.requests.first?.body.contains(#""preconditions":{"uid":"u"}"#) == true)
  }

  // MARK: Eviction

  private static let budgetCause =
    #"{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web-pdb needs 7 healthy pods and has 3 currently"}]}"#

  @Test(arguments: [(201, ""), (404, "NotFound"), (409, "Conflict")])
  func aPodThatIsGoneIsEvicted(status: Int, reason: String) async throws {
    let server = try ScriptedServer { _ in .status(status, reason: reason) }
    defer { server.stop() }
    #expect(try await cluster(server).evict(pod, uid: "u", grace: .seconds(30)) == .evicted)
    let request = try #require(server.requests.first)
    #expect(request.path == "/api/v1/namespaces/shop/pods/web-1/eviction")
    #expect(
      request.body
        == #"{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web-1","namespace":"shop"},"deleteOptions":{"gracePeriodSeconds":30,"preconditions":{"uid":"u"}}}"#
    )
  }

  @Test func namesTheBudgetThatCoversThePod() async throws {
    let server = try ScriptedServer { request in
      Self.shop(request)
        ?? .status(429, reason: "TooManyRequests", message: "Cannot evict pod.", details: Self.budgetCause)
    }
    defer { server.stop() }
    try await withRunning(server) { cluster in
      let outcome = try await cluster.evict(pod, uid: "u", grace: .zero)
      #expect(outcome == .refused(by: "web"))
    }
  }

  @Test func takesTheBudgetsNameFromTheAnswerWhereTheCacheLacksIt() async throws {
    let server = try ScriptedServer { _ in .status(429, reason: "TooManyRequests", details: Self.budgetCause) }
    defer { server.stop() }
    #expect(try await cluster(server).evict(pod, uid: "u", grace: .zero) == .refused(by: "web-pdb"))
    #expect(time.pauses.isEmpty)
  }

  @Test(arguments: [
    (429, #"{"retryAfterSeconds":10}"#, "not up to date", PortError.Code.throttled),
    (
      500, "{}", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
      .failed
    ),
    (403, #"{"causes":[{"reason":"NamespaceTerminating","message":"m"}]}"#, "Being deleted.", .forbidden),
    (403, "{}", "bad status", .forbidden), (504, "{}", "slow", .failed), (400, "{}", "names differ", .invalid),
  ])
  func tellsWhyAPodWasNotEvicted(status: Int, details: String, message: String, code: PortError.Code) async throws {
    let server = try ScriptedServer { _ in .status(status, message: message, details: details) }
    defer { server.stop() }
    let cluster = cluster(server)
    let error = await #expect(throws: PortError.self) { try await cluster.evict(pod, uid: "u", grace: .zero) }
    #expect(error?.code == code)
    #expect(error?.operation == "cluster.evict")
    #expect(server.requests.count == 1)
  }

  @Test func aLostAnswerToAnEvictionIsUncertain() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    let cluster = cluster(server)
    let error = await #expect(throws: PortError.self) { try await cluster.evict(pod, uid: "u", grace: .zero) }
    #expect(error?.code == .uncertain)
    #expect(server.requests.count == 1)
  }

  @Test func deletesByForceOnlyThePodThatWasSeen() async throws {
    let server = try ScriptedServer { _ in .ok("{}") }
    defer { server.stop() }
    try await cluster(server).forceDelete(pod, uid: "u")
    #expect(
      server.requests.first?.body
        == #"{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"preconditions":{"uid":"u"}}"#)
  }

  // MARK: Events

  @Test func sendsEventsAndCountsRepeats() async throws {
    let (sent, send) = AsyncStream.makeStream(of: String.self)
    let server = try ScriptedServer { request in
      if request.path.contains("events.k8s.io") { send.yield("\(request.method) \(request.body)") }
      return Self.shop(request) ?? .ok("{}")
    }
    defer { server.stop() }
    try await withRunning(server) { cluster in
      let event = ClusterEvent(.node("n1", uid: "u"), reason: "Drained", note: "Done.")
      var requests = sent.makeAsyncIterator()
      await cluster.tell(event)
      #expect(await requests.next()?.hasPrefix(#"POST {"apiVersion":"events.k8s.io/v1""#) == true)
      await cluster.tell(event)
      #expect(await requests.next()?.hasPrefix(#"PATCH {"series":{"count":2"#) == true)
    }
  }
}
