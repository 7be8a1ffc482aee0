public import Model

/// What the operating system needs to know of a worker that joins.
public struct NodeConfiguration: Hashable, Sendable, Codable {
  public var hostname: WorkerName
  public var labels: [String: String]
  public var taints: [Taint]
  /// Without a leading `v`; `nil`: what the system's own configuration file names.
  public var kubernetesVersion: String?
  /// The image that an installation or upgrade of the system uses; `nil`: what the configuration file names.
  public var installImage: String?
  /// What the node's `spec.providerID` is to be; `nil`: none is set.
  public var providerID: String?

  public init(hostname: WorkerName, labels: [String: String], taints: [Taint]) {
    self.hostname = hostname
    self.labels = labels
    self.taints = taints
  }
}

/// The operating system on a worker's machine (Talos). Addressed by machine; calls may come from any task.
public protocol NodeOS: Sendable {
  /// - Throws: `unreachable` while the machine does not answer.
  func observe(_ machine: MachineID) async throws -> SystemObservation
  /// The machine's address, once it has one.
  func address(of machine: MachineID) async throws -> String?
  /// Applies the configuration; the machine then installs, reboots and joins.
  func apply(_ configuration: NodeConfiguration, to machine: MachineID) async throws
  func restartKubelet(_ machine: MachineID) async throws
  func reboot(_ machine: MachineID) async throws
  func shutdown(_ machine: MachineID) async throws
  /// Removes finished containers, logs and emptied images from the ephemeral disk.
  func cleanDisk(_ machine: MachineID) async throws
  func pruneImages(_ machine: MachineID) async throws
}
