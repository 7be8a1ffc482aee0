/// What the server says it paid for a machine against what the world metered. Pure; all times in seconds of the world.
struct LedgerAccount: Hashable, Sendable {
  /// One worker of the journal.
  struct Bill: Hashable, Sendable {
    var id: String
    var from: Double
    /// `nil`: it is still paid for.
    var until: Double?
  }

  /// One machine of the world.
  struct Meter: Hashable, Sendable {
    var id: String
    /// `nil`: its clone never succeeded.
    var from: Double?
    /// `nil`: it is still there.
    var until: Double?
  }

  /// Times at which the server could not look: it was dead or stopped, or could not ask or write. Each with its end.
  var outages: [ClosedRange<Double>]
  /// What a look may miss when nothing is in its way: two looks and the calls between.
  var unseen: Double
  /// When the server looked for the last time.
  var now: Double

  /// Sentences, one for each bill that is wrong, in the order of ids.
  func findings(bills: [Bill], meters: [Meter]) -> [String] {
    let metered = Dictionary(grouping: meters, by: \.id)
    let billed = Dictionary(grouping: bills, by: \.id)
    return Set(metered.keys).union(billed.keys).sorted().compactMap { id in
      finding(id, bill: billed[id] ?? [], meter: metered[id] ?? [])
    }
  }

  private func finding(_ id: String, bill: [Bill], meter: [Meter]) -> String? {
    guard bill.count <= 1 else { return "\(id) was billed \(bill.count) times" }
    guard meter.count <= 1 else { return "\(id) was metered as \(meter.count) machines" }
    let machine = meter.first.flatMap { one in one.from.map { (from: $0, until: one.until) } }
    guard let paid = bill.first else {
      guard let machine else { return nil }
      // One that came and went while nobody could look is never billed.
      let life = min(machine.until ?? now, now) - machine.from
      return life <= missed(around: machine.from) ? nil : "\(id) was there for \(text(life)) and never billed"
    }
    guard let machine else { return "\(id) was billed, and the world knows of no machine" }
    let began = abs(paid.from - machine.from)
    if began > missed(around: machine.from) {
      return "\(id) is billed from \(text(began)) \(paid.from < machine.from ? "before" : "after") its clone ended"
    }
    switch (paid.until, machine.until) {
    case (nil, nil): return nil
    case (nil, let end?):
      guard now - end > missed(around: end) else { return nil }
      return "\(id) is billed on, and its machine had gone \(text(now - end)) before"
    case (_?, nil): return "\(id) is not billed any more, and its machine is there"
    case (let stopped?, let end?):
      let late = abs(stopped - end)
      guard late > missed(around: end) else { return nil }
      return "\(id) is billed until \(text(late)) \(stopped < end ? "before" : "after") its machine had gone"
    }
  }

  /// How much can have been missed of what happened then: what is usual, and all outages that follow one another from there on.
  func missed(around time: Double) -> Double {
    var end = time
    for outage in outages.sorted(by: { $0.lowerBound < $1.lowerBound })
    where outage.upperBound >= time - unseen && outage.lowerBound <= end + unseen {
      end = max(end, outage.upperBound)
    }
    return end - time + unseen
  }

  private func text(_ seconds: Double) -> String { "\(Int(seconds.rounded())) s" }
}
