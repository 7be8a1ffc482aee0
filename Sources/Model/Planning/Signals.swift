/// An alert that asks for workers, as its sender last told it.
public struct AlertSignal: Hashable, Sendable, Codable {
  /// How soon it must be answered.
  public enum Urgency: String, Sendable, Codable, Hashable, CaseIterable {
    /// After its pool's cooldown.
    case normal
    /// At once, and before alerts that are not urgent.
    case high
  }

  /// By which an alert is one alert, however often it is sent.
  public var fingerprint: String
  /// The label `alertname`.
  public var name: String
  public var pool: PoolName
  /// `nil`: the pool's default template.
  public var template: TemplateName?
  /// Workers that it asks for, once; 1 or more.
  public var workers: Int
  public var urgency: Urgency
  public var startsAt: Instant
  /// When it was last said to fire.
  public var lastSeenAt: Instant
  /// After this it does not fire, unless it is seen again; `nil`: the policy's deadline holds.
  public var endsAt: Instant?

  public init(fingerprint: String, name: String, pool: PoolName, workers: Int = 1, startsAt: Instant, seenAt: Instant) {
    self.fingerprint = fingerprint
    self.name = name
    self.pool = pool
    self.workers = workers
    urgency = .normal
    self.startsAt = startsAt
    lastSeenAt = seenAt
  }

  /// Until when it fires if it is not seen again.
  public func deadline(_ policy: SignalPolicy) -> Instant { endsAt ?? lastSeenAt.advanced(by: policy.alertDeadline) }
}

/// A schedule's window that is in progress, or else the next one.
public struct ScheduleWindow: Hashable, Sendable, Codable {
  public var start: Instant
  /// The first instant after it.
  public var end: Instant

  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}

/// What a trigger's expression is expected to return.
public struct Forecast: Hashable, Sendable, Codable {
  /// The instant that it speaks of.
  public var due: Instant
  public var linear: Double?
  public var daily: Double?

  public init(due: Instant, linear: Double? = nil, daily: Double? = nil) {
    self.due = due
    self.linear = linear
    self.daily = daily
  }

  /// The highest value, and how it was come by; `nil` without any.
  public var highest: (method: ForecastPolicy.Method, value: Double)? {
    switch (linear, daily) {
    case (let line?, let day?): day > line ? (.daily, day) : (.linear, line)
    case (let line?, nil): (.linear, line)
    case (nil, let day?): (.daily, day)
    case (nil, nil): nil
    }
  }
}
