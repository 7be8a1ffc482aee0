/// The line in a machine's description that says which size it was configured to. With the configuration itself it
/// tells whether that has been reached, without anybody knowing the template:
/// `poolkeeper-size/1 cores=8 memory=16384 disk=187`, in cores, MiB and GiB.
public struct SizeMark: Hashable, Sendable {
  private static let prefix = "poolkeeper-size/1 "

  public var cores: Int
  public var memoryMebibytes: Int
  /// Whole gibibytes that hold at least what was wanted.
  public var diskGibibytes: Int

  public init(_ machine: Template.Machine) {
    cores = machine.cpuCores
    memoryMebibytes = Int(machine.memoryBytes / .mebibytes(1))
    diskGibibytes = Int((machine.diskBytes + (1 << 30) - 1) >> 30)
  }

  public var text: String {
    "\(Self.prefix)cores=\(cores) memory=\(memoryMebibytes) disk=\(diskGibibytes)"
  }

  /// The mark in a description; `nil` when there is none, or several.
  public init?(in description: String) {
    let lines = description.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(Self.prefix) }
    guard lines.count == 1, let line = lines.first else { return nil }
    var numbers: [Substring: Int] = [:]
    for field in line.dropFirst(Self.prefix.count).split(separator: " ") {
      let parts = field.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1]), (0...1_000_000_000).contains(number) else { return nil }
      numbers[parts[0]] = number
    }
    guard let cores = numbers["cores"], let memory = numbers["memory"], let disk = numbers["disk"] else { return nil }
    self.cores = cores
    memoryMebibytes = memory
    diskGibibytes = disk
  }

  /// The description with this mark in place of any other; other lines stay.
  public func written(into description: String) -> String {
    let lines = description.split(separator: "\n", omittingEmptySubsequences: false).filter {
      !$0.hasPrefix(Self.prefix)
    }
    var kept = lines.joined(separator: "\n")
    while kept.last?.isWhitespace == true { kept.removeLast() }
    return kept.isEmpty ? text : kept + "\n" + text
  }
}
