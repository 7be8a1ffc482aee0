internal import CTalos

/// No fields.
public struct Empty: GeneratedMessage {
  /// The message.
  public init() {}

  static var initialize: (UnsafeMutablePointer<Talos__Empty>?) -> Void { talos__empty__init }

  init(_ generated: Talos__Empty) throws(TalosMessageError) {
  }

  func fill(_ generated: inout Talos__Empty, in arena: Arena) {}
}

/// A length of time.
public struct WireDuration: GeneratedMessage {
  /// Whole seconds.
  public var seconds: Int64
  /// The rest, 0 ... 999,999,999.
  public var nanoseconds: Int32

  /// A message with these fields; the rest has protobuf's defaults.
  public init(seconds: Int64 = 0, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  static var initialize: (UnsafeMutablePointer<Talos__Duration>?) -> Void { talos__duration__init }

  init(_ generated: Talos__Duration) throws(TalosMessageError) {
    seconds = generated.seconds
    nanoseconds = generated.nanos
  }

  func fill(_ generated: inout Talos__Duration, in arena: Arena) {
    generated.seconds = seconds
    generated.nanos = nanoseconds
  }
}

/// An instant.
public struct WireTime: GeneratedMessage {
  /// Since 1970, UTC.
  public var seconds: Int64
  /// The rest, 0 ... 999,999,999.
  public var nanoseconds: Int32

  /// A message with these fields; the rest has protobuf's defaults.
  public init(seconds: Int64 = 0, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  static var initialize: (UnsafeMutablePointer<Talos__Timestamp>?) -> Void { talos__timestamp__init }

  init(_ generated: Talos__Timestamp) throws(TalosMessageError) {
    seconds = generated.seconds
    nanoseconds = generated.nanos
  }

  func fill(_ generated: inout Talos__Timestamp, in arena: Arena) {
    generated.seconds = seconds
    generated.nanos = nanoseconds
  }
}

/// The system's version.
public struct VersionInfo: GeneratedMessage {
  /// For example `v1.13.9`.
  public var tag: String
  /// The commit.
  public var sha: String
  /// `linux`.
  public var system: String
  /// For example `amd64`.
  public var architecture: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(tag: String = "", sha: String = "", system: String = "", architecture: String = "") {
    self.tag = tag
    self.sha = sha
    self.system = system
    self.architecture = architecture
  }

  static var initialize: (UnsafeMutablePointer<Talos__VersionInfo>?) -> Void {
    talos__version_info__init
  }

  init(_ generated: Talos__VersionInfo) throws(TalosMessageError) {
    tag = try Field.text(generated.tag)
    sha = try Field.text(generated.sha)
    system = try Field.text(generated.os)
    architecture = try Field.text(generated.arch)
  }

  func fill(_ generated: inout Talos__VersionInfo, in arena: Arena) {
    generated.tag = arena.text(tag)
    generated.sha = arena.text(sha)
    generated.os = arena.text(system)
    generated.arch = arena.text(architecture)
  }
}

/// Where the system runs.
public struct PlatformInfo: GeneratedMessage {
  /// For example `nocloud`.
  public var name: String
  /// For example `cloud`.
  public var mode: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(name: String = "", mode: String = "") {
    self.name = name
    self.mode = mode
  }

  static var initialize: (UnsafeMutablePointer<Talos__PlatformInfo>?) -> Void {
    talos__platform_info__init
  }

  init(_ generated: Talos__PlatformInfo) throws(TalosMessageError) {
    name = try Field.text(generated.name)
    mode = try Field.text(generated.mode)
  }

  func fill(_ generated: inout Talos__PlatformInfo, in arena: Arena) {
    generated.name = arena.text(name)
    generated.mode = arena.text(mode)
  }
}

/// The answer of Version.
public struct Version: GeneratedMessage {
  /// The system's version.
  public var version: VersionInfo?
  /// Where it runs.
  public var platform: PlatformInfo?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(version: VersionInfo? = nil, platform: PlatformInfo? = nil) {
    self.version = version
    self.platform = platform
  }

  static var initialize: (UnsafeMutablePointer<Talos__Version>?) -> Void { talos__version__init }

  init(_ generated: Talos__Version) throws(TalosMessageError) {
    version = try Field.message(generated.version)
    platform = try Field.message(generated.platform)
  }

  func fill(_ generated: inout Talos__Version, in arena: Arena) {
    generated.version = arena.message(version)
    generated.platform = arena.message(platform)
  }
}

/// Gives a machine its whole configuration.
public struct ApplyConfigurationRequest: GeneratedMessage {
  /// All YAML documents.
  public var data: [UInt8]
  /// See `ApplyMode`; 0 is refused from 1.14 on.
  public var mode: Int32
  /// Nothing is changed; the answer tells the difference.
  public var isDryRun: Bool

  /// A message with these fields; the rest has protobuf's defaults.
  public init(data: [UInt8] = [], mode: Int32 = 0, isDryRun: Bool = false) {
    self.data = data
    self.mode = mode
    self.isDryRun = isDryRun
  }

  static var initialize: (UnsafeMutablePointer<Talos__ApplyConfigurationRequest>?) -> Void {
    talos__apply_configuration_request__init
  }

  init(_ generated: Talos__ApplyConfigurationRequest) throws(TalosMessageError) {
    data = Field.bytes(generated.data)
    mode = generated.mode
    isDryRun = generated.dry_run != 0
  }

  func fill(_ generated: inout Talos__ApplyConfigurationRequest, in arena: Arena) {
    generated.data = arena.bytes(data)
    generated.mode = mode
    generated.dry_run = isDryRun ? 1 : 0
  }
}

/// What came of a configuration.
public struct ApplyConfigurationAnswer: GeneratedMessage {
  /// For people.
  public var warnings: [String]
  /// The mode that was taken.
  public var mode: Int32
  /// What was done, or would be.
  public var details: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(warnings: [String] = [], mode: Int32 = 0, details: String = "") {
    self.warnings = warnings
    self.mode = mode
    self.details = details
  }

  static var initialize: (UnsafeMutablePointer<Talos__ApplyConfiguration>?) -> Void {
    talos__apply_configuration__init
  }

  init(_ generated: Talos__ApplyConfiguration) throws(TalosMessageError) {
    warnings = try Field.texts(generated.n_warnings, generated.warnings)
    mode = generated.mode
    details = try Field.text(generated.mode_details)
  }

  func fill(_ generated: inout Talos__ApplyConfiguration, in arena: Arena) {
    (generated.n_warnings, generated.warnings) = arena.texts(warnings)
    generated.mode = mode
    generated.mode_details = arena.text(details)
  }
}

/// Restarts the machine.
public struct RebootRequest: GeneratedMessage {
  /// 0 default, 1 power cycle, 2 force (from 1.12 on).
  public var mode: Int32

  /// A message with these fields; the rest has protobuf's defaults.
  public init(mode: Int32 = 0) {
    self.mode = mode
  }

  static var initialize: (UnsafeMutablePointer<Talos__RebootRequest>?) -> Void {
    talos__reboot_request__init
  }

  init(_ generated: Talos__RebootRequest) throws(TalosMessageError) {
    mode = generated.mode
  }

  func fill(_ generated: inout Talos__RebootRequest, in arena: Arena) {
    generated.mode = mode
  }
}

/// Powers the machine off.
public struct ShutdownRequest: GeneratedMessage {
  /// Whether pods are not drained before.
  public var force: Bool

  /// A message with these fields; the rest has protobuf's defaults.
  public init(force: Bool = false) {
    self.force = force
  }

  static var initialize: (UnsafeMutablePointer<Talos__ShutdownRequest>?) -> Void {
    talos__shutdown_request__init
  }

  init(_ generated: Talos__ShutdownRequest) throws(TalosMessageError) {
    force = generated.force != 0
  }

  func fill(_ generated: inout Talos__ShutdownRequest, in arena: Arena) {
    generated.force = force ? 1 : 0
  }
}

/// A partition to be wiped.
public struct ResetPartition: GeneratedMessage {
  /// `STATE` or `EPHEMERAL`.
  public var label: String
  /// Whether its data is destroyed.
  public var wipe: Bool

  /// A message with these fields; the rest has protobuf's defaults.
  public init(label: String = "", wipe: Bool = false) {
    self.label = label
    self.wipe = wipe
  }

  static var initialize: (UnsafeMutablePointer<Talos__ResetPartition>?) -> Void {
    talos__reset_partition__init
  }

  init(_ generated: Talos__ResetPartition) throws(TalosMessageError) {
    label = try Field.text(generated.label)
    wipe = generated.wipe != 0
  }

  func fill(_ generated: inout Talos__ResetPartition, in arena: Arena) {
    generated.label = arena.text(label)
    generated.wipe = wipe ? 1 : 0
  }
}

/// Wipes the machine. Without partitions the whole system disk goes, so that it cannot boot again.
public struct ResetRequest: GeneratedMessage {
  /// Whether pods are drained before.
  public var graceful: Bool
  /// Whether it restarts afterwards instead of powering off.
  public var reboot: Bool
  /// Only these of the system disk.
  public var partitions: [ResetPartition]
  /// Device names of other disks.
  public var userDisks: [String]
  /// 0 all, 1 the system disk, 2 the other disks.
  public var mode: Int32

  /// A message with these fields; the rest has protobuf's defaults.
  public init(
    graceful: Bool = false, reboot: Bool = false, partitions: [ResetPartition] = [], userDisks: [String] = [],
    mode: Int32 = 0
  ) {
    self.graceful = graceful
    self.reboot = reboot
    self.partitions = partitions
    self.userDisks = userDisks
    self.mode = mode
  }

  static var initialize: (UnsafeMutablePointer<Talos__ResetRequest>?) -> Void {
    talos__reset_request__init
  }

  init(_ generated: Talos__ResetRequest) throws(TalosMessageError) {
    graceful = generated.graceful != 0
    reboot = generated.reboot != 0
    partitions = try Field.list(generated.n_system_partitions_to_wipe, generated.system_partitions_to_wipe)
    userDisks = try Field.texts(generated.n_user_disks_to_wipe, generated.user_disks_to_wipe)
    mode = generated.mode
  }

  func fill(_ generated: inout Talos__ResetRequest, in arena: Arena) {
    generated.graceful = graceful ? 1 : 0
    generated.reboot = reboot ? 1 : 0
    (generated.n_system_partitions_to_wipe, generated.system_partitions_to_wipe) = arena.list(partitions)
    (generated.n_user_disks_to_wipe, generated.user_disks_to_wipe) = arena.texts(userDisks)
    generated.mode = mode
  }
}

/// The answer of Reboot, Shutdown and Reset.
public struct SequenceAnswer: GeneratedMessage {
  /// By which the events that follow can be told from others.
  public var actorID: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(actorID: String = "") {
    self.actorID = actorID
  }

  static var initialize: (UnsafeMutablePointer<Talos__Sequence>?) -> Void { talos__sequence__init }

  init(_ generated: Talos__Sequence) throws(TalosMessageError) {
    actorID = try Field.text(generated.actor_id)
  }

  func fill(_ generated: inout Talos__Sequence, in arena: Arena) {
    generated.actor_id = arena.text(actorID)
  }
}

/// Memory in kB.
public struct MemoryInfo: GeneratedMessage {
  /// All of it.
  public var total: UInt64
  /// What nothing uses.
  public var free: UInt64
  /// What could be had without swapping.
  public var available: UInt64

  /// A message with these fields; the rest has protobuf's defaults.
  public init(total: UInt64 = 0, free: UInt64 = 0, available: UInt64 = 0) {
    self.total = total
    self.free = free
    self.available = available
  }

  static var initialize: (UnsafeMutablePointer<Talos__MemoryInfo>?) -> Void { talos__memory_info__init }

  init(_ generated: Talos__MemoryInfo) throws(TalosMessageError) {
    total = generated.memtotal
    free = generated.memfree
    available = generated.memavailable
  }

  func fill(_ generated: inout Talos__MemoryInfo, in arena: Arena) {
    generated.memtotal = total
    generated.memfree = free
    generated.memavailable = available
  }
}

/// The answer of Memory.
public struct Memory: GeneratedMessage {
  /// In kB.
  public var info: MemoryInfo?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(info: MemoryInfo? = nil) {
    self.info = info
  }

  static var initialize: (UnsafeMutablePointer<Talos__Memory>?) -> Void { talos__memory__init }

  init(_ generated: Talos__Memory) throws(TalosMessageError) {
    info = try Field.message(generated.meminfo)
  }

  func fill(_ generated: inout Talos__Memory, in arena: Arena) {
    generated.meminfo = arena.message(info)
  }
}

/// The answer of LoadAvg.
public struct LoadAverage: GeneratedMessage {
  /// Over a minute.
  public var load1: Double
  /// Over five.
  public var load5: Double
  /// Over fifteen.
  public var load15: Double

  /// A message with these fields; the rest has protobuf's defaults.
  public init(load1: Double = 0, load5: Double = 0, load15: Double = 0) {
    self.load1 = load1
    self.load5 = load5
    self.load15 = load15
  }

  static var initialize: (UnsafeMutablePointer<Talos__LoadAverage>?) -> Void {
    talos__load_average__init
  }

  init(_ generated: Talos__LoadAverage) throws(TalosMessageError) {
    load1 = generated.load1
    load5 = generated.load5
    load15 = generated.load15
  }

  func fill(_ generated: inout Talos__LoadAverage, in arena: Arena) {
    generated.load1 = load1
    generated.load5 = load5
    generated.load15 = load15
  }
}
