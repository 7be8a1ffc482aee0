import Model

/// A row of `/cluster/resources`. Number, host, lock and tags are of this moment; name, status and figures some seconds old.
struct ResourceRow: Sendable {
  private let values: JSONValue

  init(_ values: JSONValue) { self.values = values }

  var type: String { values["type"]?.string ?? "" }
  var machine: MachineID? { values["vmid"]?.wholeNumber.flatMap { Int(exactly: $0) }.map { MachineID($0) } }
  var host: HostName? { values["node"]?.string.map(HostName.init) }
  var name: String { values["name"]?.string ?? "" }
  var status: String { values["status"]?.string ?? "" }
  var storage: String { values["storage"]?.string ?? "" }
  var isTemplate: Bool { values["template"]?.truth ?? false }
  var isLocked: Bool { !(values["lock"]?.string ?? "").isEmpty }
  var isBeingCloned: Bool { values["lock"]?.string == "clone" }
  var isTagged: Bool { MachineText.isTagged(values["tags"]?.string) }
  var maximumCores: Int { Int(number("maxcpu").rounded()) }
  var maximumMemory: Int64 { Int64(number("maxmem")) }
  var maximumDisk: Int64 { Int64(number("maxdisk")) }
  var usedDisk: Int64 { Int64(number("disk")) }

  var power: MachineObservation.Power {
    switch status {
    case "running": .running
    case "stopped": .stopped
    default: .unknown
    }
  }

  private func number(_ key: String) -> Double {
    switch values[key] {
    case .integer(let number)?: Double(number)
    case .number(let number)? where number.magnitude < 1e18: number
    default: 0
    }
  }
}
