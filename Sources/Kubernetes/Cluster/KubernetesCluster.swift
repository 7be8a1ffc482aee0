public import Model
public import Ports
import Synchronization

/// How the cluster is followed.
public struct KubernetesClusterOptions: Sendable, Hashable {
  /// Shown as the reporter of Events.
  public var reporter = "poolkeeper.dev/poolkeeper"
  /// Of this process, in Events: its pod's or host's name.
  public var instance = "poolkeeper"
  /// Ask for first lists as streams of events, which spares the API server memory (Kubernetes 1.32 and later).
  public var streamsFirstLists = false
  /// Show limits of attached volumes as extended resources of nodes and pods. Whoever plans new nodes must then take a
  /// node that does not exist yet to have such a limit too, or none at all, as deciding does; otherwise no pod with a volume
  /// fits a new node.
  public var countsAttachments = true

  /// Standard values.
  public init() {}
}

/// The Cluster port over a Kubernetes API server.
///
/// `run` keeps caches of what is watched; the lists come from them, and throw `unreachable` where a cache is not there yet
/// or has not been confirmed for four minutes. Changes go past the caches. All calls may come from any task.
public final class KubernetesCluster: Cluster {
  let client: KubernetesClient
  let options: KubernetesClusterOptions
  let reflectors: Reflectors
  let recorder: EventRecorder
  private let load: NodeLoadReader
  private let resolved = Mutex<ResolvedPods?>(nil)

  /// - Parameters:
  ///   - eventTime: what Events are dated by; `nil`: the client's clock.
  ///   - changed: called after each change of what is watched, so that the control loop can look at once. It
  ///   must return soon, and may be called often.
  public init(
    _ client: KubernetesClient, options: KubernetesClusterOptions = .init(),
    eventTime: (any TimeSource)? = nil, changed: @escaping @Sendable () -> Void = {}
  ) {
    self.client = client
    self.options = options
    reflectors = Reflectors(client, streamsFirstLists: options.streamsFirstLists, changed: changed)
    recorder = EventRecorder(client, options, time: eventTime ?? client.time)
    load = NodeLoadReader(client)
  }

  /// Watches, measures and sends Events until the task is cancelled.
  public func run() async {
    await withTaskGroup(of: Void.self) { group in
      for run in reflectors.runs { group.addTask { await run() } }
      group.addTask { await self.load.run() }
      group.addTask { await self.recorder.run() }
    }
  }

  // MARK: Lists

  public func nodes() async throws -> [NodeObservation] {
    let nodes = try reflectors.nodes.objects("cluster.nodes").objects
    let limits = try attachmentLimits("cluster.nodes")
    let drivers = Set(limits.values.flatMap(\.keys)).sorted()
    let usage = load.millicores
    return nodes.sorted { $0.key < $1.key }.map { key, entry in
      var node = entry.value.observation
      for driver in drivers {
        node.allocatable.extended[Attachments.resource(of: driver)] =
          Int64(limits[key.name]?[driver] ?? Attachments.unlimited)
      }
      if let used = usage[key.name], entry.value.capacityMillicores > 0 {
        node.cpuPercent = Double(used) / Double(entry.value.capacityMillicores) * 100
      }
      return node
    }
  }

  public func pods() async throws -> [PodObservation] {
    let (pods, generation) = try reflectors.pods.objects("cluster.pods")
    let storage = try storageIfNeeded(by: pods.values.lazy.map(\.value), "cluster.pods")
    let key = ResolvedPods.Key(pods: generation, storage: storage?.generations ?? [])
    if let kept = resolved.withLock({ $0?.key == key ? $0?.pods : nil }) { return kept }
    let sorted = pods.sorted { $0.key < $1.key }.map(\.value.value)
    let observations = storage?.state.resolve(sorted, all: sorted) ?? sorted.map(\.observation)
    resolved.withLock { $0 = ResolvedPods(key: key, pods: observations) }
    return observations
  }

  public func pods(on node: NodeName) async throws -> [PodObservation] {
    let operation = "cluster.pods_on_node"
    let records = try await calling(operation) { () throws(KubernetesError) in
      let selector = [("fieldSelector", "spec.nodeName=\(node.rawValue)")]
      let body = try await client.list(.pods, namespace: nil, selectors: selector)
      let page = try WatchReader(.pods, read: PodReader.read).page(body)
      return page.objects.sorted { $0.key < $1.key }.map(\.value)
    }
    guard let storage = try storageIfNeeded(by: records, operation) else { return records.map(\.observation) }
    return storage.state.resolve(records, all: records)
  }

  public func disruptionBudgets() async throws -> [DisruptionBudgetObservation] {
    try reflectors.budgets.objects("cluster.disruption_budgets").objects
      .sorted { $0.key < $1.key }.map(\.value.value)
  }

  public func daemonSets() async throws -> [DaemonSetObservation] {
    try reflectors.daemonSets.objects("cluster.daemon_sets").objects.sorted { $0.key < $1.key }.map(\.value.value)
  }

  public func namespaceLabels() async throws -> [String: [String: String]] {
    let namespaces = try reflectors.namespaces.objects("cluster.namespace_labels").objects
    return Dictionary(uniqueKeysWithValues: namespaces.map { ($0.key.name, $0.value.value) })
  }

  public func priorityClasses() async throws -> [String: Int] {
    let classes = try reflectors.priorityClasses.objects("cluster.priority_classes").objects
    return Dictionary(uniqueKeysWithValues: classes.map { ($0.key.name, $0.value.value) })
  }

  public func tell(_ event: ClusterEvent) async { recorder.tell(event) }

  // MARK: Storage

  /// What decides about claims; `nil` while no pod has any, so that a cluster without storage needs no rights to see it.
  private func storageIfNeeded(
    by pods: some Sequence<PodRecord>, _ operation: String
  ) throws -> (state: StorageState, generations: [Int])? {
    guard pods.contains(where: { !$0.claims.isEmpty }) else { return nil }
    let (claims, claimsGeneration) = try reflectors.claims.objects(operation)
    let (volumes, volumesGeneration) = try reflectors.volumes.objects(operation)
    let (classes, classesGeneration) = try reflectors.storageClasses.objects(operation)
    let (limits, limitsGeneration) = try reflectors.attachmentLimits.objects(operation)
    let state = StorageState(
      claims: claims.mapValues(\.value), volumes: volumes.mapValues(\.value), classes: classes.mapValues(\.value),
      limitedDrivers: options.countsAttachments ? Set(limits.values.flatMap(\.value.keys)) : [])
    return (state, [claimsGeneration, volumesGeneration, classesGeneration, limitsGeneration])
  }

  /// By node and driver; none while no node may be asked for them and no pod needs them.
  private func attachmentLimits(_ operation: String) throws -> [String: [String: Int]] {
    let pods = try? reflectors.pods.objects(operation).objects
    guard options.countsAttachments, pods?.values.contains(where: { !$0.value.claims.isEmpty }) ?? true else {
      return [:]
    }
    let limits = try reflectors.attachmentLimits.objects(operation).objects
    return Dictionary(uniqueKeysWithValues: limits.map { ($0.key.name, $0.value.value) })
  }

  /// Says the errors of the client in the words of the ports.
  func calling<Result>(
    _ operation: String, _ body: () async throws(KubernetesError) -> Result
  ) async throws(PortError) -> Result {
    do throws(KubernetesError) { return try await body() } catch { throw PortError(error, operation: operation) }
  }
}

/// The list of pods that was made last, and of which states of the caches.
private struct ResolvedPods: Sendable {
  struct Key: Hashable, Sendable {
    var pods: Int
    var storage: [Int]
  }

  var key: Key
  var pods: [PodObservation]
}
