internal import CTalos

/// The nodes that are to be checked; none: what discovery knows.
public struct HealthCheckClusterInfo: GeneratedMessage {
  /// Addresses.
  public var controlPlaneNodes: [String]
  /// Addresses.
  public var workerNodes: [String]
  /// The Kubernetes API's; empty: the configured one.
  public var endpoint: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(controlPlaneNodes: [String] = [], workerNodes: [String] = [], endpoint: String = "") {
    self.controlPlaneNodes = controlPlaneNodes
    self.workerNodes = workerNodes
    self.endpoint = endpoint
  }

  static var initialize: (UnsafeMutablePointer<Talos__HealthCheckClusterInfo>?) -> Void {
    talos__health_check_cluster_info__init
  }

  init(_ generated: Talos__HealthCheckClusterInfo) throws(TalosMessageError) {
    controlPlaneNodes = try Field.texts(generated.n_control_plane_nodes, generated.control_plane_nodes)
    workerNodes = try Field.texts(generated.n_worker_nodes, generated.worker_nodes)
    endpoint = try Field.text(generated.force_endpoint)
  }

  func fill(_ generated: inout Talos__HealthCheckClusterInfo, in arena: Arena) {
    (generated.n_control_plane_nodes, generated.control_plane_nodes) = arena.texts(controlPlaneNodes)
    (generated.n_worker_nodes, generated.worker_nodes) = arena.texts(workerNodes)
    generated.force_endpoint = arena.text(endpoint)
  }
}

/// Asks whether the cluster is well.
public struct HealthCheckRequest: GeneratedMessage {
  /// How long to wait until it is.
  public var waitTimeout: WireDuration?
  /// Which nodes.
  public var nodes: HealthCheckClusterInfo?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(waitTimeout: WireDuration? = nil, nodes: HealthCheckClusterInfo? = nil) {
    self.waitTimeout = waitTimeout
    self.nodes = nodes
  }

  static var initialize: (UnsafeMutablePointer<Talos__HealthCheckRequest>?) -> Void {
    talos__health_check_request__init
  }

  init(_ generated: Talos__HealthCheckRequest) throws(TalosMessageError) {
    waitTimeout = try Field.message(generated.wait_timeout)
    nodes = try Field.message(generated.cluster_info)
  }

  func fill(_ generated: inout Talos__HealthCheckRequest, in arena: Arena) {
    generated.wait_timeout = arena.message(waitTimeout)
    generated.cluster_info = arena.message(nodes)
  }
}

/// What is being checked.
public struct HealthCheckProgress: GeneratedMessage {
  /// For people.
  public var message: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(message: String = "") {
    self.message = message
  }

  static var initialize: (UnsafeMutablePointer<Talos__HealthCheckProgress>?) -> Void {
    talos__health_check_progress__init
  }

  init(_ generated: Talos__HealthCheckProgress) throws(TalosMessageError) {
    message = try Field.text(generated.message)
  }

  func fill(_ generated: inout Talos__HealthCheckProgress, in arena: Arena) {
    generated.message = arena.text(message)
  }
}

/// A disk.
public struct DiskInfo: GeneratedMessage {
  /// In bytes.
  public var size: UInt64
  /// As it calls itself.
  public var model: String
  /// For example `/dev/sda`.
  public var device: String
  /// Whether the system is on it.
  public var isSystemDisk: Bool
  /// Whether it cannot be written.
  public var isReadOnly: Bool

  /// A message with these fields; the rest has protobuf's defaults.
  public init(
    size: UInt64 = 0, model: String = "", device: String = "", isSystemDisk: Bool = false, isReadOnly: Bool = false
  ) {
    self.size = size
    self.model = model
    self.device = device
    self.isSystemDisk = isSystemDisk
    self.isReadOnly = isReadOnly
  }

  static var initialize: (UnsafeMutablePointer<Talos__Disk>?) -> Void { talos__disk__init }

  init(_ generated: Talos__Disk) throws(TalosMessageError) {
    size = generated.size
    model = try Field.text(generated.model)
    device = try Field.text(generated.device_name)
    isSystemDisk = generated.system_disk != 0
    isReadOnly = generated.readonly != 0
  }

  func fill(_ generated: inout Talos__Disk, in arena: Arena) {
    generated.size = size
    generated.model = arena.text(model)
    generated.device_name = arena.text(device)
    generated.system_disk = isSystemDisk ? 1 : 0
    generated.readonly = isReadOnly ? 1 : 0
  }
}

/// The answer of Disks.
public struct DiskList: GeneratedMessage {
  /// All of them.
  public var disks: [DiskInfo]

  /// A message with these fields; the rest has protobuf's defaults.
  public init(disks: [DiskInfo] = []) {
    self.disks = disks
  }

  static var initialize: (UnsafeMutablePointer<Talos__Disks>?) -> Void { talos__disks__init }

  init(_ generated: Talos__Disks) throws(TalosMessageError) {
    disks = try Field.list(generated.n_disks, generated.disks)
  }

  func fill(_ generated: inout Talos__Disks, in arena: Arena) {
    (generated.n_disks, generated.disks) = arena.list(disks)
  }
}

/// The answer of Time.
public struct TimeAnswer: GeneratedMessage {
  /// The server that was asked.
  public var server: String
  /// The machine's clock.
  public var local: WireTime?
  /// The server's clock.
  public var remote: WireTime?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(server: String = "", local: WireTime? = nil, remote: WireTime? = nil) {
    self.server = server
    self.local = local
    self.remote = remote
  }

  static var initialize: (UnsafeMutablePointer<Talos__Time>?) -> Void { talos__time__init }

  init(_ generated: Talos__Time) throws(TalosMessageError) {
    server = try Field.text(generated.server)
    local = try Field.message(generated.localtime)
    remote = try Field.message(generated.remotetime)
  }

  func fill(_ generated: inout Talos__Time, in arena: Arena) {
    generated.server = arena.text(server)
    generated.localtime = arena.message(local)
    generated.remotetime = arena.message(remote)
  }
}

/// Asks for one resource (with an id) or all of a type.
public struct ResourceRequest: GeneratedMessage {
  /// For example `runtime`.
  public var namespace: String
  /// For example `MachineStatuses.runtime.talos.dev`.
  public var type: String
  /// Of the one; empty for a list.
  public var id: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(namespace: String = "", type: String = "", id: String = "") {
    self.namespace = namespace
    self.type = type
    self.id = id
  }

  static var initialize: (UnsafeMutablePointer<Talos__ResourceRequest>?) -> Void {
    talos__resource_request__init
  }

  init(_ generated: Talos__ResourceRequest) throws(TalosMessageError) {
    namespace = try Field.text(generated.namespace_)
    type = try Field.text(generated.type)
    id = try Field.text(generated.id)
  }

  func fill(_ generated: inout Talos__ResourceRequest, in arena: Arena) {
    generated.namespace_ = arena.text(namespace)
    generated.type = arena.text(type)
    generated.id = arena.text(id)
  }
}

/// Which resource it is.
public struct ResourceMetadata: GeneratedMessage {
  /// For example `runtime`.
  public var namespace: String
  /// For example `MachineStatuses.runtime.talos.dev`.
  public var type: String
  /// Its id.
  public var id: String
  /// Changes with each change.
  public var version: String
  /// `running` or `tearingDown`.
  public var phase: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(namespace: String = "", type: String = "", id: String = "", version: String = "", phase: String = "") {
    self.namespace = namespace
    self.type = type
    self.id = id
    self.version = version
    self.phase = phase
  }

  static var initialize: (UnsafeMutablePointer<Talos__ResourceMetadata>?) -> Void {
    talos__resource_metadata__init
  }

  init(_ generated: Talos__ResourceMetadata) throws(TalosMessageError) {
    namespace = try Field.text(generated.namespace_)
    type = try Field.text(generated.type)
    id = try Field.text(generated.id)
    version = try Field.text(generated.version)
    phase = try Field.text(generated.phase)
  }

  func fill(_ generated: inout Talos__ResourceMetadata, in arena: Arena) {
    generated.namespace_ = arena.text(namespace)
    generated.type = arena.text(type)
    generated.id = arena.text(id)
    generated.version = arena.text(version)
    generated.phase = arena.text(phase)
  }
}

/// What a resource says.
public struct ResourceSpec: GeneratedMessage {
  /// Always filled.
  public var yaml: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(yaml: String = "") {
    self.yaml = yaml
  }

  static var initialize: (UnsafeMutablePointer<Talos__ResourceSpec>?) -> Void {
    talos__resource_spec__init
  }

  init(_ generated: Talos__ResourceSpec) throws(TalosMessageError) {
    yaml = try Field.text(generated.yaml_spec)
  }

  func fill(_ generated: inout Talos__ResourceSpec, in arena: Arena) {
    generated.yaml_spec = arena.text(yaml)
  }
}

/// A resource of the machine's state.
public struct Resource: GeneratedMessage {
  /// Which one.
  public var metadata: ResourceMetadata?
  /// What it says.
  public var spec: ResourceSpec?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(metadata: ResourceMetadata? = nil, spec: ResourceSpec? = nil) {
    self.metadata = metadata
    self.spec = spec
  }

  static var initialize: (UnsafeMutablePointer<Talos__Resource>?) -> Void { talos__resource__init }

  init(_ generated: Talos__Resource) throws(TalosMessageError) {
    metadata = try Field.message(generated.metadata)
    spec = try Field.message(generated.spec)
  }

  func fill(_ generated: inout Talos__Resource, in arena: Arena) {
    generated.metadata = arena.message(metadata)
    generated.spec = arena.message(spec)
  }
}

/// The answer of Get, or one element of List's.
public struct ResourceAnswer: GeneratedMessage {
  /// The resource.
  public var resource: Resource?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(resource: Resource? = nil) {
    self.resource = resource
  }

  static var initialize: (UnsafeMutablePointer<Talos__ResourceResponse>?) -> Void {
    talos__resource_response__init
  }

  init(_ generated: Talos__ResourceResponse) throws(TalosMessageError) {
    resource = try Field.message(generated.resource)
  }

  func fill(_ generated: inout Talos__ResourceResponse, in arena: Arena) {
    generated.resource = arena.message(resource)
  }
}
