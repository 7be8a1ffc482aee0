/// A name or id that is a text of one meaning: encoded as the bare text, ordered by its bytes.
public protocol TextIdentifier: RawRepresentable, Hashable, Sendable, Codable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral, CodingKeyRepresentable
where RawValue == String {
  init(rawValue: String)
}

extension TextIdentifier {
  public init(_ text: String) { self.init(rawValue: text) }
  public init(stringLiteral text: String) { self.init(rawValue: text) }
  public var description: String { rawValue }

  @inlinable public static func < (left: Self, right: Self) -> Bool {
    left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
  }

  public init(from decoder: any Decoder) throws {
    self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  public var codingKey: any CodingKey { TextKey(rawValue) }
  public init?<T: CodingKey>(codingKey: T) { self.init(rawValue: codingKey.stringValue) }
}

/// A dictionary key made of a text.
struct TextKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ text: String) { stringValue = text }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The key of a pool in `worker_pool_definitions`, for example `burst`.
public struct PoolName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// The key of a template in `worker_templates`, for example `medium`.
public struct TemplateName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A worker's name, which is its machine's, its node's and its host name: `worker-POOL-NNN`.
public struct WorkerName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The name of the `number`th worker of a pool.
  public init(pool: PoolName, number: Int) {
    let digits = String(number)
    rawValue = "worker-\(pool)-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  /// The number at the end of a name that has this pool's form.
  public func number(in pool: PoolName) -> Int? {
    let prefix = "worker-\(pool)-"
    guard rawValue.hasPrefix(prefix) else { return nil }
    return Int(rawValue.dropFirst(prefix.count))
  }
}

/// What makes one worker distinct from every other that ever bore its name. Written into the machine's description.
public struct WorkerID: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// An order that waits for somebody's word.
public struct ApprovalID: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A physical host: the name of a Proxmox node.
public struct HostName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a Kubernetes node.
public struct NodeName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a trigger: `POOL/pending_pods`, `POOL/cpu_pressure`, or the operator's own.
public struct TriggerName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a schedule of the operator's own.
public struct ScheduleName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A manual request's id; the same id sent twice is one request.
public struct RequestID: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A machine's number at the hypervisor (Proxmox: VMID). Numbers are used again: never an identity by itself.
public struct MachineID: RawRepresentable, Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public init(_ number: Int) { rawValue = number }
  public var description: String { String(rawValue) }
  public static func < (left: MachineID, right: MachineID) -> Bool { left.rawValue < right.rawValue }
}

/// A pod's namespace and name.
public struct PodKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
  public var namespace: String
  public var name: String

  public init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  public var description: String { "\(namespace)/\(name)" }

  public static func < (left: PodKey, right: PodKey) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }
}
