import Model

/// A resource mapping: under one name, devices of several hosts. Several of one host are a pool, of which a starting
/// machine takes the first free one.
struct DeviceMapping: Sendable, Hashable {
  struct Device: Sendable, Hashable {
    var node: HostName
    /// For example `0000:01:00.0`; functions of one device joined by semicolons.
    var path: String
  }

  var id: String
  var devices: [Device]

  init?(_ row: JSONValue) {
    guard let id = row["id"]?.text else { return nil }
    self.id = id
    devices = (row["map"]?.list ?? []).compactMap { entry in
      guard let value = entry.text.map(PropertyString.init), let node = value["node"], let path = value["path"] else {
        return nil
      }
      return Device(node: HostName(node), path: path)
    }
  }
}

extension [DeviceMapping] {
  /// Devices of a host, each once however many mappings name it, less those that machines there hold.
  /// - Parameter machines: configurations of machines that run on the host or are about to.
  func freeDevices(on node: HostName, heldBy machines: [MachineConfiguration]) -> Int {
    let here = map { mapping in (mapping.id, Set(mapping.devices.filter { $0.node == node }.map(\.path))) }
    let paths = here.reduce(into: Set<String>()) { $0.formUnion($1.1) }
    let names = Set(here.filter { !$0.1.isEmpty }.map(\.0))
    var held = 0
    for machine in machines {
      for device in machine.hostDevices.map(\.value) {
        if let mapping = device["mapping"] {
          held += names.contains(mapping) ? 1 : 0
        } else if let address = device["host"] ?? device.bare {
          held += paths.contains { Self.overlap($0, address) } ? 1 : 0
        }
      }
    }
    return Swift.max(0, paths.count - held)
  }

  /// Whether two lists of slots share a device; domain and function may be missing in either.
  private static func overlap(_ left: String, _ right: String) -> Bool {
    func slots(_ text: String) -> Set<String> {
      Set(
        text.split(separator: ";").map { address in
          let slot = address.split(separator: ".").first.map(String.init) ?? ""
          return slot.split(separator: ":").count == 2 ? "0000:" + slot : slot
        })
    }
    return !slots(left).isDisjoint(with: slots(right))
  }
}
