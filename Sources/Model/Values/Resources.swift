/// An amount of what pods ask for and nodes offer.
public struct Resources: Hashable, Sendable, Codable {
  /// Thousandths of a core.
  public var cpuMillicores: Int64
  public var memoryBytes: Int64
  public var ephemeralStorageBytes: Int64
  public var pods: Int64
  /// Extended resources by name, for example `nvidia.com/gpu`; never holds a zero.
  public var extended: [String: Int64]

  public init(
    cpuMillicores: Int64 = 0, memoryBytes: Int64 = 0, ephemeralStorageBytes: Int64 = 0, pods: Int64 = 0,
    extended: [String: Int64] = [:]
  ) {
    self.cpuMillicores = cpuMillicores
    self.memoryBytes = memoryBytes
    self.ephemeralStorageBytes = ephemeralStorageBytes
    self.pods = pods
    self.extended = extended.filter { $0.value != 0 }
  }

  public static let zero = Resources()

  public static func + (left: Resources, right: Resources) -> Resources { combine(left, right, +) }
  public static func - (left: Resources, right: Resources) -> Resources { combine(left, right, -) }
  public static func += (left: inout Resources, right: Resources) { left = left + right }
  public static func -= (left: inout Resources, right: Resources) { left = left - right }

  private static func combine(
    _ left: Resources, _ right: Resources, _ operation: (Int64, Int64) -> Int64
  ) -> Resources {
    var extended: [String: Int64] = left.extended
    if !right.extended.isEmpty {
      for (name, amount) in right.extended { extended[name] = operation(extended[name] ?? 0, amount) }
    }
    return Resources(
      cpuMillicores: operation(left.cpuMillicores, right.cpuMillicores),
      memoryBytes: operation(left.memoryBytes, right.memoryBytes),
      ephemeralStorageBytes: operation(left.ephemeralStorageBytes, right.ephemeralStorageBytes),
      pods: operation(left.pods, right.pods), extended: extended)
  }

  /// Whether this amount fits within `room` in every dimension.
  public func fits(in room: Resources) -> Bool {
    cpuMillicores <= room.cpuMillicores && memoryBytes <= room.memoryBytes
      && ephemeralStorageBytes <= room.ephemeralStorageBytes && pods <= room.pods
      && extended.allSatisfy { $0.value <= room.extended[$0.key] ?? 0 }
  }

  /// The dimensions in which this amount does not fit within `room`, in words: `cpu`, `memory`, `nvidia.com/gpu`, …
  public func shortages(in room: Resources) -> [String] {
    var names: [String] = []
    if cpuMillicores > room.cpuMillicores { names.append("cpu") }
    if memoryBytes > room.memoryBytes { names.append("memory") }
    if ephemeralStorageBytes > room.ephemeralStorageBytes { names.append("ephemeral-storage") }
    if pods > room.pods { names.append("pods") }
    return names + extended.keys.sorted().filter { extended[$0]! > room.extended[$0] ?? 0 }
  }
}

extension Int64 {
  /// Mebibytes in bytes.
  public static func mebibytes(_ count: Int64) -> Int64 { count * 1_048_576 }
  /// Gigabytes (10^9) in bytes.
  public static func gigabytes(_ count: Int64) -> Int64 { count * 1_000_000_000 }
}
