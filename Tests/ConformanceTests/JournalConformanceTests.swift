import Foundation
import Kubernetes
import Model
import Ports
import SimulatedWire
import Simulator
import TestSupport
import Testing

/// The journal in Kubernetes, by the real client and over the wire.
@Suite struct JournalConformanceTests {
  @Test(arguments: JournalPromise.allCases) func keepsOverTheWire(promise: JournalPromise) async throws {
    try await Self.serving { open, _, _ in
      let broken = try await promise.broken { try await open("replica-1") }
      #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }
  }

  /// Every third answer to a request for the ledger, its pages and the workers is lost, after it was carried out.
  @Test(arguments: [JournalPromise.givesBackWhatWasWrittenAfterItIsOpenedAgain, .closedRequestsDoNotComeBack])
  func keepsThoughAnswersAreLost(promise: JournalPromise) async throws {
    try await Self.serving { open, faults, _ in
      for _ in 0..<12 { faults.inject(WireFault("kubernetes.custom", .lostAnswer, after: 2)) }
      let broken = try await promise.broken {
        // A process that cannot read its journal at the start is started again.
        for _ in 0..<20 { if let journal = try? await open("replica-1"), await isReadable(journal) { return journal } }
        return try await open("replica-1")
      }
      #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }
  }

  @Test func refusesTheWritesOfOneWhoseLedgerWasTakenOver() async throws {
    try await Self.serving { open, _, _ in
      let old = try await open("replica-1")
      _ = try await old.load()
      try await old.write(JournalSamples.entry([JournalSamples.worker(1)]))
      let new = try await open("replica-2")
      #expect(try await new.load().workers.map(\.name) == [JournalSamples.worker(1).name])
      await #expect(throws: (any Error).self) {
        try await old.write(JournalSamples.entry([JournalSamples.worker(2)]))
      }
      try await new.write(JournalSamples.entry([JournalSamples.worker(3)]))
      let seen = try await open("replica-3").load().workers
      #expect(seen.map(\.name) == [JournalSamples.worker(1).name, JournalSamples.worker(3).name])
    }
  }

  @Test func readsMoreWorkersThanFitOnOnePage() async throws {
    try await Self.serving { open, _, _ in
      let journal = try await open("replica-1")
      _ = try await journal.load()
      let workers = (1...620).map { JournalSamples.worker($0) }
      for start in stride(from: 0, to: workers.count, by: 20) {
        try await journal.write(JournalSamples.entry(Array(workers[start..<min(start + 20, workers.count)])))
      }
      #expect(try await open("replica-2").load().workers.count == 620)
    }
  }

  private func isReadable(_ journal: any Journal) async -> Bool { (try? await journal.load()) != nil }

  /// A simulated API server with the definitions of our resources.
  private static func serving(
    _ body:
      @Sendable (
        _ open: @escaping @Sendable (String) async throws -> any Journal, _ faults: WireFaults, KubernetesFace
      ) async throws -> Void
  ) async throws {
    let clock = SystemTime()
    let world = SimulatedInfrastructure(
      world: World(seed: 1, start: clock.now(), clusterName: "prod", timings: .fast), time: clock)
    let faults = WireFaults()
    let face = try KubernetesFace(
      world, mint: CertificateMint(name: "kubernetes", algorithm: .p256), faults: faults)
    let (ports, told) = AsyncStream<Int>.makeStream()
    let serving = Task { try await face.run { told.yield($0) } }
    defer { serving.cancel() }
    var iterator = ports.makeAsyncIterator()
    _ = await iterator.next()
    var limits = KubernetesClientOptions()
    limits.requestsPerSecond = 2_000
    limits.requestsAtOnce = 200
    let access = try Kubeconfig(texts: [("kubeconfig", face.kubeconfig())]).access()
    let client = KubernetesClient(access, time: clock, options: limits)
    try await define(through: client)
    try await body(
      { holder in
        KubernetesJournal(
          KubernetesJournal.Place(namespace: "poolkeeper", cluster: "prod", holder: holder), through: client,
          leadership: nil, time: JournalTime())
      }, faults, face)
  }

  private static func define(through client: KubernetesClient) async throws {
    let definitions = ResourceKind(
      group: "apiextensions.k8s.io", "customresourcedefinitions", isNamespaced: false)
    for (kind, plural) in [("Worker", "workers"), ("Ledger", "ledgers"), ("LedgerPage", "ledgerpages")] {
      let text = """
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
          "metadata": {"name": "\(plural).poolkeeper.dev"},
          "spec": {"group": "poolkeeper.dev", "scope": "Namespaced",
            "names": {"kind": "\(kind)", "listKind": "\(kind)List", "plural": "\(plural)", "singular": "x"},
            "versions": [{"name": "v1", "served": true, "storage": true}]}}
        """
      _ = try await client.create(definitions, namespace: nil, object: Array(text.utf8))
    }
    let namespace = #"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "poolkeeper"}}"#
    _ = try await client.create(
      ResourceKind("namespaces", isNamespaced: false), namespace: nil, object: Array(namespace.utf8))
  }
}

private struct SystemTime: TimeSource {
  func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// A day after the samples' start, where the tests of the promises stand.
private struct JournalTime: TimeSource {
  func now() -> Instant { JournalSamples.start.advanced(by: .hours(24)) }
  func sleep(for duration: Duration) async throws {}
}
