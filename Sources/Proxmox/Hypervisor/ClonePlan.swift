import Model

/// From what, to where and how a clone is made.
struct ClonePlan: Sendable, Hashable {
  var source: ClusterResources.Machine
  /// Where the machine will be.
  var host: HostName
  /// The storage of its disks, as the parallel limit counts it.
  var storage: String
  var isFull: Bool
  /// Whether a full copy may be made where the storage cannot do linked clones.
  var mayFallBack: Bool

  /// Parameters of the call, but for the number.
  func form(for request: WorkerDescription, options: ProxmoxOptions) -> [String: ParameterValue] {
    var form: [String: ParameterValue] = [
      "name": .text(request.name), "description": .text(request.description), "full": .flag(isFull),
    ]
    if let pool = options.resourcePool { form["pool"] = .text(pool) }
    if host != source.node { form["target"] = .text(host.rawValue) }
    if isFull {
      if let storage = options.storage { form["storage"] = .text(storage) }
      if let format = options.diskFormat { form["format"] = .text(format) }
    }
    return form
  }
}

/// What is written on a new machine.
struct WorkerDescription: Sendable, Hashable {
  var name: String
  var description: String

  init(owner: MachineOwner, createdAt: Instant) {
    name = owner.worker.rawValue
    description =
      OwnerMark(owner: owner, createdAt: createdAt).text + "\n"
      + "Made and removed by Poolkeeper for the cluster \(owner.cluster). Notes may be added below; without the line "
      + "above, its name or its tag the machine is left alone."
  }
}
