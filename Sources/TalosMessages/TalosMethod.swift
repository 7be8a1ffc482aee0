/// The methods of the Talos API that are used, by service.
public enum TalosMethod: String, Sendable, Hashable, CaseIterable {
  case version = "machine.MachineService/Version"
  case applyConfiguration = "machine.MachineService/ApplyConfiguration"
  case reboot = "machine.MachineService/Reboot"
  case shutdown = "machine.MachineService/Shutdown"
  case reset = "machine.MachineService/Reset"
  case serviceList = "machine.MachineService/ServiceList"
  case serviceStart = "machine.MachineService/ServiceStart"
  case serviceStop = "machine.MachineService/ServiceStop"
  case serviceRestart = "machine.MachineService/ServiceRestart"
  case memory = "machine.MachineService/Memory"
  case loadAverage = "machine.MachineService/LoadAvg"
  case containers = "machine.MachineService/Containers"
  case events = "machine.MachineService/Events"
  case imageList = "machine.ImageService/List"
  case imageRemove = "machine.ImageService/Remove"
  case healthCheck = "cluster.ClusterService/HealthCheck"
  case disks = "storage.StorageService/Disks"
  case time = "time.TimeService/Time"
  case resourceGet = "cosi.resource.State/Get"
  case resourceList = "cosi.resource.State/List"

  /// For example `machine.MachineService`.
  public var service: String { String(rawValue.prefix { $0 != "/" }) }
  /// For example `Version`.
  public var name: String { String(rawValue.drop { $0 != "/" }.dropFirst()) }

  /// The least role with which it may be called.
  public var role: TalosRole {
    switch self {
    case .version, .serviceList, .memory, .loadAverage, .containers, .events, .imageList, .healthCheck, .disks,
      .time, .resourceGet, .resourceList:
      .reader
    case .reboot, .shutdown, .serviceStart, .serviceStop, .serviceRestart: .operator
    case .applyConfiguration, .reset, .imageRemove: .admin
    }
  }
}

/// What a client certificate allows: the organization of its subject.
public enum TalosRole: String, Sendable, Hashable, Comparable, CaseIterable {
  case reader = "os:reader"
  case `operator` = "os:operator"
  case admin = "os:admin"

  private var rank: Int {
    switch self {
    case .reader: 0
    case .operator: 1
    case .admin: 2
    }
  }

  public static func < (left: TalosRole, right: TalosRole) -> Bool { left.rank < right.rank }
}
