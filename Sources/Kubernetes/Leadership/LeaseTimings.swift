import Model

/// How long a lease holds, and how it is kept.
public struct LeaseTimings: Hashable, Sendable {
  /// What others wait after the last change that they saw before they take over.
  public let leaseDuration: Duration
  /// A leader that could not renew for so long stops acting.
  public let renewDeadline: Duration
  /// From one try to the next.
  public let retryPeriod: Duration

  /// Why timings were refused.
  public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
  }

  /// Retries may come late by this much of the period, so that candidates do not try at once.
  static let jitter = 1.2

  /// 15 s, 10 s, 2 s: what the field uses.
  public static let standard = LeaseTimings()

  private init() {
    leaseDuration = .seconds(15)
    renewDeadline = .seconds(10)
    retryPeriod = .seconds(2)
  }

  /// - Throws: `Refusal` unless lease > renew deadline > 1.2 × retry period, all of them positive and the lease in whole
  ///   seconds, as it is written into the object.
  public init(leaseDuration: Duration, renewDeadline: Duration, retryPeriod: Duration) throws(Refusal) {
    guard retryPeriod > .zero, renewDeadline.inSeconds > Self.jitter * retryPeriod.inSeconds else {
      throw Refusal(
        description: "The renew deadline (\(renewDeadline.text)) must be longer than 1.2 times the retry period "
          + "(\(retryPeriod.text)), and that longer than nothing: otherwise one slow answer ends a leadership.")
    }
    guard leaseDuration > renewDeadline else {
      throw Refusal(
        description: "The lease (\(leaseDuration.text)) must be longer than the renew deadline "
          + "(\(renewDeadline.text)): otherwise two could lead at once.")
    }
    guard leaseDuration.milliseconds % 1000 == 0, leaseDuration < .hours(24) else {
      throw Refusal(
        description: "The lease (\(leaseDuration.text)) must be whole seconds and less than a day.")
    }
    self.leaseDuration = leaseDuration
    self.renewDeadline = renewDeadline
    self.retryPeriod = retryPeriod
  }
}
