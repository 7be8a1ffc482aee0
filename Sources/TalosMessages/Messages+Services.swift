internal import CTalos

/// A change of a service.
public struct ServiceEvent: GeneratedMessage {
  /// For people.
  public var message: String
  /// For example `Running`.
  public var state: String
  /// When.
  public var time: WireTime?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(message: String = "", state: String = "", time: WireTime? = nil) {
    self.message = message
    self.state = state
    self.time = time
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceEvent>?) -> Void {
    talos__service_event__init
  }

  init(_ generated: Talos__ServiceEvent) throws(TalosMessageError) {
    message = try Field.text(generated.msg)
    state = try Field.text(generated.state)
    time = try Field.message(generated.ts)
  }

  func fill(_ generated: inout Talos__ServiceEvent, in arena: Arena) {
    generated.msg = arena.text(message)
    generated.state = arena.text(state)
    generated.ts = arena.message(time)
  }
}

/// A service's latest changes.
public struct ServiceHistory: GeneratedMessage {
  /// Oldest first.
  public var events: [ServiceEvent]

  /// A message with these fields; the rest has protobuf's defaults.
  public init(events: [ServiceEvent] = []) {
    self.events = events
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceEvents>?) -> Void {
    talos__service_events__init
  }

  init(_ generated: Talos__ServiceEvents) throws(TalosMessageError) {
    events = try Field.list(generated.n_events, generated.events)
  }

  func fill(_ generated: inout Talos__ServiceEvents, in arena: Arena) {
    (generated.n_events, generated.events) = arena.list(events)
  }
}

/// A service's health.
public struct ServiceHealth: GeneratedMessage {
  /// Whether it has no check, or none has run yet.
  public var isUnknown: Bool
  /// What the last check said.
  public var isHealthy: Bool
  /// What it said in words.
  public var message: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(isUnknown: Bool = false, isHealthy: Bool = false, message: String = "") {
    self.isUnknown = isUnknown
    self.isHealthy = isHealthy
    self.message = message
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceHealth>?) -> Void {
    talos__service_health__init
  }

  init(_ generated: Talos__ServiceHealth) throws(TalosMessageError) {
    isUnknown = generated.unknown != 0
    isHealthy = generated.healthy != 0
    message = try Field.text(generated.last_message)
  }

  func fill(_ generated: inout Talos__ServiceHealth, in arena: Arena) {
    generated.unknown = isUnknown ? 1 : 0
    generated.healthy = isHealthy ? 1 : 0
    generated.last_message = arena.text(message)
  }
}

/// A service of the system.
public struct ServiceInfo: GeneratedMessage {
  /// For example `kubelet`.
  public var id: String
  /// For example `Running`.
  public var state: String
  /// Its latest changes.
  public var history: ServiceHistory?
  /// Its health.
  public var health: ServiceHealth?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(id: String = "", state: String = "", history: ServiceHistory? = nil, health: ServiceHealth? = nil) {
    self.id = id
    self.state = state
    self.history = history
    self.health = health
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceInfo>?) -> Void {
    talos__service_info__init
  }

  init(_ generated: Talos__ServiceInfo) throws(TalosMessageError) {
    id = try Field.text(generated.id)
    state = try Field.text(generated.state)
    history = try Field.message(generated.events)
    health = try Field.message(generated.health)
  }

  func fill(_ generated: inout Talos__ServiceInfo, in arena: Arena) {
    generated.id = arena.text(id)
    generated.state = arena.text(state)
    generated.events = arena.message(history)
    generated.health = arena.message(health)
  }
}

/// The answer of ServiceList.
public struct ServiceList: GeneratedMessage {
  /// All of them.
  public var services: [ServiceInfo]

  /// A message with these fields; the rest has protobuf's defaults.
  public init(services: [ServiceInfo] = []) {
    self.services = services
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceList>?) -> Void {
    talos__service_list__init
  }

  init(_ generated: Talos__ServiceList) throws(TalosMessageError) {
    services = try Field.list(generated.n_services, generated.services)
  }

  func fill(_ generated: inout Talos__ServiceList, in arena: Arena) {
    (generated.n_services, generated.services) = arena.list(services)
  }
}

/// Starts, stops or restarts a service.
public struct ServiceActionRequest: GeneratedMessage {
  /// For example `kubelet`.
  public var id: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(id: String = "") {
    self.id = id
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceActionRequest>?) -> Void {
    talos__service_action_request__init
  }

  init(_ generated: Talos__ServiceActionRequest) throws(TalosMessageError) {
    id = try Field.text(generated.id)
  }

  func fill(_ generated: inout Talos__ServiceActionRequest, in arena: Arena) {
    generated.id = arena.text(id)
  }
}

/// What came of it.
public struct ServiceActionAnswer: GeneratedMessage {
  /// For people.
  public var text: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(text: String = "") {
    self.text = text
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceAction>?) -> Void {
    talos__service_action__init
  }

  init(_ generated: Talos__ServiceAction) throws(TalosMessageError) {
    text = try Field.text(generated.resp)
  }

  func fill(_ generated: inout Talos__ServiceAction, in arena: Arena) {
    generated.resp = arena.text(text)
  }
}

/// Asks for containers.
public struct ContainersRequest: GeneratedMessage {
  /// `k8s.io` or `system`.
  public var namespace: String
  /// 0 containerd, 1 CRI.
  public var driver: Int32

  /// A message with these fields; the rest has protobuf's defaults.
  public init(namespace: String = "", driver: Int32 = 0) {
    self.namespace = namespace
    self.driver = driver
  }

  static var initialize: (UnsafeMutablePointer<Talos__ContainersRequest>?) -> Void {
    talos__containers_request__init
  }

  init(_ generated: Talos__ContainersRequest) throws(TalosMessageError) {
    namespace = try Field.text(generated.namespace_)
    driver = generated.driver
  }

  func fill(_ generated: inout Talos__ContainersRequest, in arena: Arena) {
    generated.namespace_ = arena.text(namespace)
    generated.driver = driver
  }
}

/// A container, or a pod's sandbox.
public struct ContainerInfo: GeneratedMessage {
  /// `k8s.io` or `system`.
  public var namespace: String
  /// Its id.
  public var id: String
  /// The image's name or digest.
  public var image: String
  /// For example `CONTAINER_RUNNING`.
  public var status: String
  /// Its pod.
  public var podID: String
  /// Its name.
  public var name: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(
    namespace: String = "", id: String = "", image: String = "", status: String = "", podID: String = "",
    name: String = ""
  ) {
    self.namespace = namespace
    self.id = id
    self.image = image
    self.status = status
    self.podID = podID
    self.name = name
  }

  static var initialize: (UnsafeMutablePointer<Talos__ContainerInfo>?) -> Void {
    talos__container_info__init
  }

  init(_ generated: Talos__ContainerInfo) throws(TalosMessageError) {
    namespace = try Field.text(generated.namespace_)
    id = try Field.text(generated.id)
    image = try Field.text(generated.image)
    status = try Field.text(generated.status)
    podID = try Field.text(generated.pod_id)
    name = try Field.text(generated.name)
  }

  func fill(_ generated: inout Talos__ContainerInfo, in arena: Arena) {
    generated.namespace_ = arena.text(namespace)
    generated.id = arena.text(id)
    generated.image = arena.text(image)
    generated.status = arena.text(status)
    generated.pod_id = arena.text(podID)
    generated.name = arena.text(name)
  }
}

/// The answer of Containers.
public struct ContainerList: GeneratedMessage {
  /// All of them.
  public var containers: [ContainerInfo]

  /// A message with these fields; the rest has protobuf's defaults.
  public init(containers: [ContainerInfo] = []) {
    self.containers = containers
  }

  static var initialize: (UnsafeMutablePointer<Talos__Containers>?) -> Void { talos__containers__init }

  init(_ generated: Talos__Containers) throws(TalosMessageError) {
    containers = try Field.list(generated.n_containers, generated.containers)
  }

  func fill(_ generated: inout Talos__Containers, in arena: Arena) {
    (generated.n_containers, generated.containers) = arena.list(containers)
  }
}

/// A store of images.
public struct ContainerdInstance: GeneratedMessage {
  /// 0 containerd, 1 CRI.
  public var driver: Int32
  /// 1 system, 2 pods' images.
  public var namespace: Int32

  /// A message with these fields; the rest has protobuf's defaults.
  public init(driver: Int32 = 0, namespace: Int32 = 0) {
    self.driver = driver
    self.namespace = namespace
  }

  static var initialize: (UnsafeMutablePointer<Talos__ContainerdInstance>?) -> Void {
    talos__containerd_instance__init
  }

  init(_ generated: Talos__ContainerdInstance) throws(TalosMessageError) {
    driver = generated.driver
    namespace = generated.namespace_
  }

  func fill(_ generated: inout Talos__ContainerdInstance, in arena: Arena) {
    generated.driver = driver
    generated.namespace_ = namespace
  }
}

/// Asks for images.
public struct ImageListRequest: GeneratedMessage {
  /// Which store.
  public var store: ContainerdInstance?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(store: ContainerdInstance? = nil) {
    self.store = store
  }

  static var initialize: (UnsafeMutablePointer<Talos__ImageListRequest>?) -> Void {
    talos__image_list_request__init
  }

  init(_ generated: Talos__ImageListRequest) throws(TalosMessageError) {
    store = try Field.message(generated.containerd)
  }

  func fill(_ generated: inout Talos__ImageListRequest, in arena: Arena) {
    generated.containerd = arena.message(store)
  }
}

/// One name of an image.
public struct ImageEntry: GeneratedMessage {
  /// A reference with tag or digest.
  public var name: String
  /// By which two names are one image.
  public var digest: String
  /// In bytes.
  public var size: Int64

  /// A message with these fields; the rest has protobuf's defaults.
  public init(name: String = "", digest: String = "", size: Int64 = 0) {
    self.name = name
    self.digest = digest
    self.size = size
  }

  static var initialize: (UnsafeMutablePointer<Talos__Image>?) -> Void { talos__image__init }

  init(_ generated: Talos__Image) throws(TalosMessageError) {
    name = try Field.text(generated.name)
    digest = try Field.text(generated.digest)
    size = generated.size
  }

  func fill(_ generated: inout Talos__Image, in arena: Arena) {
    generated.name = arena.text(name)
    generated.digest = arena.text(digest)
    generated.size = size
  }
}

/// Removes a name of an image.
public struct ImageRemoveRequest: GeneratedMessage {
  /// Which store.
  public var store: ContainerdInstance?
  /// The reference as it was listed.
  public var name: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(store: ContainerdInstance? = nil, name: String = "") {
    self.store = store
    self.name = name
  }

  static var initialize: (UnsafeMutablePointer<Talos__ImageRemoveRequest>?) -> Void {
    talos__image_remove_request__init
  }

  init(_ generated: Talos__ImageRemoveRequest) throws(TalosMessageError) {
    store = try Field.message(generated.containerd)
    name = try Field.text(generated.image_ref)
  }

  func fill(_ generated: inout Talos__ImageRemoveRequest, in arena: Arena) {
    generated.containerd = arena.message(store)
    generated.image_ref = arena.text(name)
  }
}
