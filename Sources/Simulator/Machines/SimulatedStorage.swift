import Model

/// The storages of the simulated hypervisor, and how it writes sizes.
public enum SimulatedStorage {
  /// The one on which disks lie; all hosts see it.
  public static let sharedName = "vmdata"
  /// One on each host, for images.
  public static let localName = "local"

  /// Whether a volume can be reached from every host.
  public static func isShared(_ volume: String?) -> Bool { volume?.hasPrefix(sharedName + ":") ?? true }

  /// Bytes of a size such as `32G`, `512M`, `1.5T`, or a number of bytes; `nil` when it is none.
  public static func bytes(_ text: String) -> Int64? {
    let units: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824, "T": 1_099_511_627_776]
    guard let last = text.last else { return nil }
    let unit = units[last]
    guard let number = Double(unit == nil ? text : String(text.dropLast())), number.isFinite, number >= 0 else {
      return nil
    }
    let bytes = number * (unit ?? 1)
    return bytes < 1e18 ? Int64(bytes) : nil
  }

  /// A size in the largest unit that divides it.
  public static func text(_ bytes: Int64) -> String {
    for (unit, size) in [("T", Int64(1) << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)]
    where bytes > 0 && bytes % size == 0 {
      return "\(bytes / size)\(unit)"
    }
    return String(bytes)
  }
}

extension SimulatedHost {
  /// The mapping that holds all devices of all hosts.
  public static let mapping = "gpu"

  /// Addresses of its devices.
  public var deviceAddresses: [String] {
    (0..<gpus).map { index in
      let bus = String(index + 1, radix: 16)
      return "0000:\(bus.count == 1 ? "0" : "")\(bus):00.0"
    }
  }

  /// An address with its domain.
  static func fullAddress(_ address: String) -> String {
    let text = address.hasPrefix("host=") ? String(address.dropFirst("host=".count)) : address
    return text.split(separator: ":").count == 3 ? text : "0000:" + text
  }
}
