import Model

/// How many pods of which kind are in which topology domain, and what follows for the next one.
///
/// A counter is a selector with a topology key: it counts the pods that the selector chooses, and apart from that the
/// pods that keep such pods out of their domain. Domains are numbered by key; for host names they are the rooms.
struct Topology {
  static let hostname = 0

  struct Counter: Hashable {
    let selector: Int
    let key: Int
  }

  /// Names of topology keys by number; the host name is 0.
  private(set) var keyNames = [ConstraintTable.hostnameLabel]
  private var keyNumbers = [ConstraintTable.hostnameLabel: hostname]
  /// By key and room; -1 where the node has no such label. Empty for the host name.
  private var domains: [[Int32]] = [[]]
  private var values: [[String: Int32]] = [[:]]

  private(set) var counters: [Counter] = []
  private var counterNumbers: [Counter: Int] = [:]
  private var counts: [[Int32]] = []
  /// Pods in any domain.
  private(set) var totals: [Int] = []
  /// By counter and domain: pods that keep out the pods that the counter's selector chooses.
  private var holders: [[Int32]] = []
  private(set) var hasHolders: [Bool] = []
  /// Counters by selector.
  private(set) var countersOfSelector: [[Int]] = []

  var spreads: [Spread] = []
  private(set) var spreadsOfSelector: [[Int]] = []

  // MARK: - Numbers

  mutating func key(named name: String) -> Int {
    if let known = keyNumbers[name] { return known }
    keyNumbers[name] = keyNames.count
    keyNames.append(name)
    domains.append([])
    values.append([:])
    return keyNames.count - 1
  }

  mutating func counter(selector: Int, key: Int) -> Int {
    let counter = Counter(selector: selector, key: key)
    if let known = counterNumbers[counter] { return known }
    let number = counters.count
    counterNumbers[counter] = number
    counters.append(counter)
    counts.append([])
    totals.append(0)
    holders.append([])
    hasHolders.append(false)
    while countersOfSelector.count <= selector { countersOfSelector.append([]) }
    countersOfSelector[selector].append(number)
    return number
  }

  mutating func add(_ spread: Spread) -> Int {
    spreads.append(spread)
    while spreadsOfSelector.count <= spread.selector { spreadsOfSelector.append([]) }
    spreadsOfSelector[spread.selector].append(spreads.count - 1)
    return spreads.count - 1
  }

  // MARK: - Rooms

  /// Keys must all be known before the first room comes.
  mutating func addRoom(labels: [String: String]) {
    for key in keyNames.indices.dropFirst() {
      guard let value = labels[keyNames[key]] else {
        domains[key].append(-1)
        continue
      }
      domains[key].append(domain(named: value, key: key))
    }
  }

  /// A room in the domains of another, but for its own host name.
  mutating func addTwin(of room: Int) {
    for key in keyNames.indices.dropFirst() { domains[key].append(domains[key][room]) }
  }

  mutating func removeLastRoom() {
    for key in keyNames.indices.dropFirst() { domains[key].removeLast() }
  }

  /// The number of a domain, a new one if no node is in it yet.
  mutating func domain(named value: String, key: Int) -> Int32 {
    if let known = values[key][value] { return known }
    let number = Int32(values[key].count)
    values[key][value] = number
    return number
  }

  func domain(_ key: Int, _ room: Int) -> Int32 { key == Self.hostname ? Int32(room) : domains[key][room] }

  // MARK: - Counting

  func count(_ counter: Int, _ domain: Int32) -> Int32 {
    let index = Int(domain)
    return index < counts[counter].count ? counts[counter][index] : 0
  }

  func holders(_ counter: Int, _ domain: Int32) -> Int32 {
    let index = Int(domain)
    return index < holders[counter].count ? holders[counter][index] : 0
  }

  mutating func count(_ counter: Int, room: Int, by change: Int32) {
    let domain = domain(counters[counter].key, room)
    guard domain >= 0 else { return }
    totals[counter] += Int(change)
    Self.change(&counts[counter], domain, change)
  }

  mutating func hold(_ counter: Int, room: Int, by change: Int32) {
    let domain = domain(counters[counter].key, room)
    guard domain >= 0 else { return }
    hasHolders[counter] = true
    Self.change(&holders[counter], domain, change)
  }

  /// One more pod in a domain, whatever its room.
  mutating func count(_ counter: Int, domain: Int32) {
    totals[counter] += 1
    Self.change(&counts[counter], domain, 1)
  }

  mutating func hold(_ counter: Int, domain: Int32) {
    hasHolders[counter] = true
    Self.change(&holders[counter], domain, 1)
  }

  /// Counts pods of a spread's selector in a room; only rooms that the spread looks at count.
  mutating func countSpread(_ number: Int, room: Int, by change: Int32) {
    guard spreads[number].isEligible[room] else { return }
    let domain = domain(spreads[number].key, room)
    if domain >= 0 { spreads[number].change(domain, by: change) }
  }

  private static func change(_ numbers: inout [Int32], _ domain: Int32, _ change: Int32) {
    let index = Int(domain)
    if index >= numbers.count { numbers.append(contentsOf: repeatElement(0, count: index + 1 - numbers.count)) }
    numbers[index] += change
  }
}

/// One spread constraint, with how many pods there are in each of its domains.
struct Spread {
  let selector: Int
  let key: Int
  let maxSkew: Int32
  let minDomains: Int
  /// By room: whether the constraint looks at its node.
  var isEligible: [Bool] = []

  private var counts: [Int32] = []
  private var eligibleRooms: [Int32] = []
  /// How many domains have so many pods.
  private var histogram: [Int32] = []
  private var lowest = 0
  private(set) var domains = 0

  init(selector: Int, key: Int, maxSkew: Int, minDomains: Int) {
    self.selector = selector
    self.key = key
    self.maxSkew = Int32(clamping: max(1, maxSkew))
    self.minDomains = minDomains
  }

  /// The smallest count of any domain; 0 while there are too few domains.
  var minimum: Int32 { domains < max(1, minDomains) ? 0 : Int32(lowest) }

  func count(_ domain: Int32) -> Int32 { Int(domain) < counts.count ? counts[Int(domain)] : 0 }

  func isKnown(_ domain: Int32) -> Bool { Int(domain) < eligibleRooms.count && eligibleRooms[Int(domain)] > 0 }

  /// Whether one more pod may come to a domain.
  func admits(_ domain: Int32, counts own: Bool) -> Bool {
    count(domain) + (own ? 1 : 0) - minimum <= maxSkew
  }

  mutating func addRoom(domain: Int32, by change: Int32) {
    grow(to: domain)
    let index = Int(domain)
    let before = eligibleRooms[index]
    eligibleRooms[index] += change
    if before == 0, change > 0 { enter(counts[index]) }
    if before > 0, eligibleRooms[index] == 0 { leave(counts[index]) }
  }

  mutating func change(_ domain: Int32, by change: Int32) {
    grow(to: domain)
    let index = Int(domain)
    let isListed = eligibleRooms[index] > 0
    if isListed { leave(counts[index]) }
    counts[index] += change
    if isListed { enter(counts[index]) }
  }

  private mutating func grow(to domain: Int32) {
    while counts.count <= Int(domain) {
      counts.append(0)
      eligibleRooms.append(0)
    }
  }

  private mutating func enter(_ count: Int32) {
    let index = Int(max(0, count))
    if index >= histogram.count { histogram.append(contentsOf: repeatElement(0, count: index + 1 - histogram.count)) }
    histogram[index] += 1
    lowest = domains == 0 ? index : min(lowest, index)
    domains += 1
    // A domain that has just left may have been the lowest.
    settle()
  }

  private mutating func leave(_ count: Int32) {
    histogram[Int(max(0, count))] -= 1
    domains -= 1
    settle()
  }

  private mutating func settle() {
    guard domains > 0 else { return }
    while lowest < histogram.count, histogram[lowest] == 0 { lowest += 1 }
  }
}
