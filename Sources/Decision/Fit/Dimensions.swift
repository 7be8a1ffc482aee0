import Model

/// Resources as rows of numbers, so that fitting is a comparison of numbers: CPU, memory, storage, pods, then the extended
/// resources that anybody asks for.
struct Dimensions {
  let extended: [String]
  var count: Int { 4 + extended.count }

  init(extended: [String]) { self.extended = extended }

  func row(_ resources: Resources) -> [Int64] {
    [resources.cpuMillicores, resources.memoryBytes, resources.ephemeralStorageBytes, resources.pods]
      + extended.map { resources.extended[$0] ?? 0 }
  }

  /// What is left of `room` once `taken` is in it; negative where that is more than there is.
  func difference(_ room: Resources, _ taken: Resources) -> [Int64] {
    zip(row(room), row(taken)).map { $0 &- $1 }
  }

  /// What is left of `room` once `taken` is in it; never negative.
  func remainder(of room: Resources, less taken: Resources) -> [Int64] {
    zip(row(room), row(taken)).map { room, taken in taken >= room ? 0 : room - taken }
  }
}

extension Array where Element == Int64 {
  /// How many of `demand` fit here, at most `limit`.
  func capacity(for demand: [Int64], atMost limit: Int) -> Int {
    var most = limit
    for index in indices where demand[index] > 0 {
      let fitting = self[index] / demand[index]
      if fitting < Int64(most) { most = Int(Swift.max(0, fitting)) }
      if most == 0 { return 0 }
    }
    return most
  }

  mutating func take(_ demand: [Int64], times: Int) {
    for index in indices { self[index] -= demand[index] * Int64(times) }
  }
}
