/// What the machine's operating system says of itself.
public struct SystemObservation: Hashable, Sendable, Codable {
  public enum Stage: String, Sendable, Codable, Hashable {
    /// Waits for its configuration.
    case maintenance
    case booting, running, rebooting, shuttingDown
  }

  public var stage: Stage
  public var kubeletRunning: Bool
  public var kubeletRestarts: Int
  public var containerdRestarts: Int

  public init(stage: Stage, kubeletRunning: Bool, kubeletRestarts: Int = 0, containerdRestarts: Int = 0) {
    self.stage = stage
    self.kubeletRunning = kubeletRunning
    self.kubeletRestarts = kubeletRestarts
    self.containerdRestarts = containerdRestarts
  }
}
